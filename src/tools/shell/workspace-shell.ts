import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { JailError } from '../../host/jail/open-folder.ts';
import { guardWorkspace, type PreparedShell } from '../../host/sandbox/guard-workspace.ts';
import { inSandbox } from '../../host/sandbox/in-sandbox.ts';
import type { ShellSettings } from '../../host/sandbox/sandbox.ts';

/** A command of the shell, to be run in a workspace. `env` is added to its environment; what programs need can't be replaced. */
export interface WorkspaceCommand {
  workspace: string;
  /** As in `ToolCall`. */
  leadsTo?: string | undefined;
  command: string;
  env?: Readonly<Record<string, string>>;
  /** As `env`, but no list of processes shows it. */
  secrets?: Readonly<Record<string, string>>;
  /** Whether it may use the network of this machine. */
  hasNetwork?: boolean;
  /** As in `ToolCall`; without a sandbox nobody keeps it. */
  writable?: readonly string[];
  /** Folders besides that it finds to read. */
  reads?: readonly string[];
  /** In the sandbox it does not find the workspace, and works in an empty folder: nothing that agents can write is there to be run. */
  isAway?: boolean;
  /** It keeps the workspace's files as a commit. */
  isSnapshot?: boolean;
}

/** Makes the command line for a shell command as it may run here, or says why it may not. */
export async function prepareShell(
  settings: ShellSettings,
  { workspace: folder, leadsTo, command, isAway = false, ...more }: WorkspaceCommand,
): Promise<PreparedShell | { refusal: string }> {
  if (settings.sandbox === 'refused') {
    return {
      refusal: 'Shell commands are refused here: there is no sandbox. Work without them, or say that you are blocked.',
    };
  }
  const workspace = await realpath(folder).catch(() => undefined);
  if (workspace === undefined) return { refusal: 'The workspace folder is not there any more.' };
  if (leadsTo !== undefined && leadsTo !== workspace)
    return { refusal: 'The workspace folder was moved or replaced meanwhile: try again.' };
  const shell = [existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh', '-c', command];
  if (settings.sandbox === 'unsandboxed') {
    const env = { ...more.env, ...more.secrets, ...plainEnvironment() };
    return { run: { argv: shell, cwd: workspace, env, canLeave: true }, cleanUp: () => Promise.resolve(null) };
  }
  if (isAway) {
    const { run, release } = await inSandbox(settings, { ...more, workspace: null, shell });
    return { run, cleanUp: () => release().then(() => null) };
  }
  return guardWorkspace(settings, { ...more, workspace, shell }).catch((error: unknown) => {
    if (error instanceof JailError) return { refusal: `Shell commands are refused here: ${error.message}.` };
    throw error;
  });
}

// What programs need to be found and to print; no key of ours, and no home whose settings they would use.
function plainEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: tmpdir(),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}
