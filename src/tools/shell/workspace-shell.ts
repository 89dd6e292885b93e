import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { coverBelieved, type BelievedCover } from './believed-cover.ts';
import { inSandbox } from './in-sandbox.ts';
import type { ShellSettings } from './sandbox.ts';
import type { ShellCommand } from '../../host/guarded-process.ts';
import { restoreRepository } from './git-history.ts';
import { historiesOf, keepHistories } from './keep-history.ts';
import { disarmNew, gitBefore } from './disarm-repository.ts';
import { JailError } from '../files/workspace-jail.ts';

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
  /** Folders besides that it finds to read. */
  reads?: readonly string[];
  /** In the sandbox it does not find the workspace, and works in an empty folder: nothing that agents can write is there to be run. */
  isAway?: boolean;
  /** It keeps the workspace's files as a commit. */
  isSnapshot?: boolean;
}

/** A command that is ready to be run. Call `cleanUp` when it is over, however it ended: it says what was taken back, in words. */
export interface PreparedShell {
  run: Pick<ShellCommand, 'argv' | 'cwd' | 'env' | 'filter' | 'hiddenArguments' | 'canLeave'>;
  cleanUp(): Promise<string | null>;
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
  if (isTooBroad(workspace))
    return { refusal: `Shell commands are refused here: the workspace ${workspace} holds the whole system.` };
  return guardedShell(settings, { ...more, workspace, shell });
}

/** A command in a workspace with everything covered that is believed outside, and its repositories kept. */
async function guardedShell(
  settings: ShellSettings,
  { workspace, shell, ...more }: Omit<WorkspaceCommand, 'command' | 'leadsTo' | 'isAway'> & { shell: string[] },
): Promise<PreparedShell | { refusal: string }> {
  const believed = coverBelieved(workspace, settings.places ?? {});
  try {
    const before = await gitBefore(workspace);
    const below = before.repositories.filter(({ top }) => !isCovered(believed, top));
    const histories = await historiesOf(workspace, below);
    await keepHistories(settings, workspace, { histories, below });
    const { run, release } = await inSandbox(settings, { ...more, workspace, shell, believed, below });
    const cleanUp = async () => {
      await believed.release();
      // What could not be brought back now comes back before the next command.
      for (const history of histories) await restoreRepository(workspace, history).catch(() => undefined);
      await release();
      return disarmNew(workspace, before);
    };
    return { run, cleanUp };
  } catch (error) {
    await believed.release();
    if (error instanceof JailError) return { refusal: `Shell commands are refused here: ${error.message}.` };
    throw error;
  }
}

function isCovered({ covered }: BelievedCover, top: string): boolean {
  return covered.some((name) => `${top}/`.startsWith(`${name}/`));
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
