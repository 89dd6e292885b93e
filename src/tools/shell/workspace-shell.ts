import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { coverBelieved } from './believed-cover.ts';
import { bubblewrapCommand } from './bubblewrap.ts';
import type { ShellSettings } from './sandbox.ts';
import type { ShellCommand } from '../../host/guarded-process.ts';
import { runShell } from '../../host/guarded-process.ts';
import { isHistoryLoose, keepHistoryScript, restoreRepository } from './git-history.ts';
import { seccompFilter } from './seccomp/filter.ts';
import { JailError } from '../files/workspace-jail.ts';

/** A command of the shell, to be run in a workspace. `env` is added to its environment; what programs need can't be replaced. */
export interface WorkspaceCommand {
  workspace: string;
  /** As in `ToolCall`. */
  leadsTo?: string | undefined;
  command: string;
  env?: Readonly<Record<string, string>>;
}

/** A command that is ready to be run. Call `cleanUp` when it is over, however it ended. */
export interface PreparedShell {
  run: Pick<ShellCommand, 'argv' | 'cwd' | 'env' | 'filter'>;
  cleanUp(): Promise<void>;
}

/** Makes the command line for a shell command as it may run here, or says why it may not. */
export async function prepareShell(
  settings: ShellSettings,
  { workspace: folder, leadsTo, command, env = {} }: WorkspaceCommand,
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
    const run = { argv: shell, cwd: workspace, env: { ...env, ...plainEnvironment() } };
    return { run, cleanUp: () => Promise.resolve() };
  }
  if (isTooBroad(workspace))
    return { refusal: `Shell commands are refused here: the workspace ${workspace} holds the whole system.` };
  const believed = coverBelieved(workspace, settings.places ?? {});
  try {
    await restoreRepository(workspace);
    if (await isHistoryLoose(workspace)) await keepHistory(settings, workspace);
    const { run, release } = await inSandbox(settings, { workspace, shell, env, believed });
    const cleanUp = async () => {
      await believed.release();
      // What could not be brought back now comes back before the next command.
      await restoreRepository(workspace).catch(() => undefined);
      await release();
    };
    return { run, cleanUp };
  } catch (error) {
    await believed.release();
    if (error instanceof JailError) return { refusal: `Shell commands are refused here: ${error.message}.` };
    throw error;
  }
}

type SandboxOptions = Pick<
  Parameters<typeof bubblewrapCommand>[0],
  'workspace' | 'shell' | 'env' | 'gitParts' | 'believed'
>;

async function inSandbox({ bwrapPath = 'bwrap', isHardened = false }: ShellSettings, options: SandboxOptions) {
  const filter = seccompFilter();
  const isFiltered = filter !== undefined;
  const { argv, release } = await bubblewrapCommand({ ...options, bwrapPath, isHardened, isFiltered });
  return { run: { argv, cwd: '/', env: {}, filter }, release };
}

const keepLimits = { timeoutMs: 60_000, maxProcesses: 64, maxMemoryBytes: 4 * 1024 ** 3 };

// A repository that cannot be packed is worked in all the same, and not tried again at every command.
const keeping = new Map<string, Promise<void>>();
const unkept = new Map<string, number>();
const againMs = 10 * 60_000;

async function keepHistory(settings: ShellSettings, workspace: string): Promise<void> {
  if (Date.now() - (unkept.get(workspace) ?? 0) < againMs) return;
  const current = keeping.get(workspace) ?? packHistory(settings, workspace).finally(() => keeping.delete(workspace));
  keeping.set(workspace, current);
  await current;
}

async function packHistory(settings: ShellSettings, workspace: string): Promise<void> {
  const shell = ['/bin/sh', '-c', keepHistoryScript];
  const { run, release } = await inSandbox(settings, { workspace, shell, gitParts: 'kept-up' });
  try {
    const { exitCode } = await runShell({ ...run, ...keepLimits }, AbortSignal.timeout(2 * keepLimits.timeoutMs));
    if (exitCode === 0) unkept.delete(workspace);
    else unkept.set(workspace, Date.now());
  } catch {
    unkept.set(workspace, Date.now());
  } finally {
    await release();
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
