import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { bubblewrapCommand } from './bubblewrap.ts';
import type { ShellSettings } from './sandbox.ts';
import type { ShellCommand } from '../../host/guarded-process.ts';
import { guardCommonDir } from './workspace-cover.ts';
import { JailError } from '../files/workspace-jail.ts';

/** A command of the shell, to be run in a workspace. `env` is added to its environment; what programs need can't be replaced. */
export interface WorkspaceCommand {
  workspace: string;
  command: string;
  env?: Readonly<Record<string, string>>;
}

/** A command that is ready to be run. Call `cleanUp` when it is over, however it ended. */
export interface PreparedShell {
  run: Pick<ShellCommand, 'argv' | 'cwd' | 'env'>;
  cleanUp(): Promise<void>;
}

/** Makes the command line for a shell command as it may run here, or says why it may not. */
export async function prepareShell(
  settings: ShellSettings,
  { workspace: folder, command, env = {} }: WorkspaceCommand,
): Promise<PreparedShell | { refusal: string }> {
  if (settings.sandbox === 'refused') {
    return {
      refusal: 'Shell commands are refused here: there is no sandbox. Work without them, or say that you are blocked.',
    };
  }
  const workspace = await realpath(folder).catch(() => undefined);
  if (workspace === undefined) return { refusal: 'The workspace folder is not there any more.' };
  const shell = [existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh', '-c', command];
  if (settings.sandbox === 'unsandboxed') {
    const run = { argv: shell, cwd: workspace, env: { ...env, ...plainEnvironment() } };
    return { run, cleanUp: () => Promise.resolve() };
  }
  if (isTooBroad(workspace))
    return { refusal: `Shell commands are refused here: the workspace ${workspace} holds the whole system.` };
  const { bwrapPath = 'bwrap', isHardened = false } = settings;
  try {
    const argv = await bubblewrapCommand({ bwrapPath, isHardened, workspace, shell, env });
    return { run: { argv, cwd: '/', env: {} }, cleanUp: await guardCommonDir(workspace) };
  } catch (error) {
    if (error instanceof JailError) return { refusal: `Shell commands are refused here: ${error.message}.` };
    throw error;
  }
}

// A workspace that contains these would give the sandbox what it is there to keep.
function isTooBroad(workspace: string): boolean {
  const kept = ['/etc', '/proc', '/sys', '/dev', '/run', '/usr', '/var/lib', path.dirname(homedir())];
  const isInside = (inner: string, outer: string) => `${inner}/`.startsWith(outer === '/' ? '/' : `${outer}/`);
  return kept.some((folder) => folder !== '/' && isInside(folder, workspace));
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
