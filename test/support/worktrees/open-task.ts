import { findProgram } from '../../../src/host/programs.ts';
import type { WorktreePlace } from '../../../src/worktrees/place.ts';
import { createWorktrees, type Worktrees } from '../../../src/worktrees/worktrees.ts';
import { tempFolder } from '../base/temp-folder.ts';

/** Worktrees in a folder of their own, with git in the sandbox where there is one. */
export function newWorktrees(): Worktrees {
  return createWorktrees({ root: tempFolder(), bwrapPath: findProgram('bwrap') ?? null });
}

/** Opens the worktree of a task of the run `run`; `start`: the commit that it begins from, left out: the checkout's. */
export async function openTask(
  worktrees: Worktrees,
  project: string,
  { taskId, start }: { taskId: string; start?: string | undefined },
): Promise<WorktreePlace & { start: string }> {
  const repository = await worktrees.find(project, []);
  const place = worktrees.place(repository, { runKey: 'run/1', runId: 'run', taskId });
  const commit = start ?? (await worktrees.start(repository, { runId: 'run' })).commit;
  await worktrees.open(place, { start: commit, shared: { share: [], all: false } });
  return { ...place, start: commit };
}
