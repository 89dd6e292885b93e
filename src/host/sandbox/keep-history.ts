import path from 'node:path';
import { runShell } from '../guarded-process.ts';
import { mostInParts } from './git-cover.ts';
import { gitFoldersOf } from './git-folders.ts';
import { type History, isHistoryLoose, keepHistoryScript, restoreRepository } from './git-history.ts';
import { inSandbox } from './in-sandbox.ts';
import type { ShellSettings } from './sandbox.ts';
import type { SubRepository } from './sub-repositories.ts';

const keepLimits = { timeoutMs: 60_000, maxProcesses: 64, maxMemoryBytes: 4 * 1024 ** 3 };

// A repository that cannot be packed is worked in all the same, and not tried again at every command.
const keeping = new Map<string, Promise<void>>();
const unkept = new Map<string, number>();
const againMs = 10 * 60_000;

/** The histories of a workspace that a command could remove: its own, and those of the repositories that are covered in parts. */
export async function historiesOf(workspace: string, below: readonly SubRepository[]): Promise<History[]> {
  const { folders } = await gitFoldersOf(workspace);
  const own = folders.slice(0, 1).map((folder) => ({ top: '', folder }));
  const others = below
    .slice(0, mostInParts)
    .flatMap(({ top, folders: theirs }) => theirs.slice(0, 1).map((folder) => ({ top, folder })));
  const isNew = ({ folder }: History): boolean => !own.some((each) => `${folder}/`.startsWith(`${each.folder}/`));
  return [...own, ...others.filter(isNew)];
}

/** Puts histories where no command can remove them, after what one that was killed has removed is back. */
export async function keepHistories(
  settings: ShellSettings,
  workspace: string,
  { histories, below }: { histories: readonly History[]; below: readonly SubRepository[] },
): Promise<void> {
  const loose: History[] = [];
  for (const history of histories) {
    // Below the workspace, what cannot be brought back keeps no command from running.
    if (history.top === '') await restoreRepository(workspace, history);
    else await restoreRepository(workspace, history).catch(() => undefined);
    const isTried = Date.now() - (unkept.get(path.join(workspace, history.folder)) ?? 0) < againMs;
    if (!isTried && (await isHistoryLoose(workspace, history))) loose.push(history);
  }
  if (loose.length === 0) return;
  const its = below.filter(({ folders }) => loose.some(({ folder }) => folders.includes(folder)));
  const current =
    keeping.get(workspace) ??
    pack(settings, workspace, { histories: loose, below: its }).finally(() => keeping.delete(workspace));
  keeping.set(workspace, current);
  await current;
}

async function pack(
  settings: ShellSettings,
  workspace: string,
  { histories, below }: { histories: readonly History[]; below: readonly SubRepository[] },
): Promise<void> {
  const at = (name: string): string => path.join(workspace, name);
  const pairs = histories.flatMap(({ top, folder }) => [at(top), at(folder)]);
  const shell = ['/bin/sh', '-c', keepHistoryScript, 'keep', ...pairs];
  const { run, release } = await inSandbox(settings, { workspace, shell, gitParts: 'kept-up', below });
  const folders = histories.map(({ folder }) => at(folder));
  let failed = folders;
  try {
    const { exitCode, stdout } = await runShell(
      { ...run, ...keepLimits },
      AbortSignal.timeout(2 * keepLimits.timeoutMs),
    );
    if (exitCode === 0) failed = stdout.split('\0');
  } catch {
    // None of them was.
  } finally {
    await release();
  }
  for (const folder of folders) {
    if (failed.includes(folder)) unkept.set(folder, Date.now());
    else unkept.delete(folder);
  }
}
