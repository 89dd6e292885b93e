import { existsSync } from 'node:fs';
import type { Session } from '../connection/session.ts';

/** A task's worktree, for people. */
export interface WorktreeEntry {
  run: string;
  task: string;
  /** `working`: an attempt is at it; `done`: its branch is there; `merged`; `failed`: nothing came of it. */
  status: 'working' | 'done' | 'merged' | 'failed';
  branch: string;
  /** Commit of its branch; null: it has none. */
  commit: string | null;
  /** Number of its latest snapshot; 0: none. */
  snapshots: number;
  host: string;
  /** Absolute folder, on that host. */
  folder: string;
  /** Whether it stands on this machine. */
  isHere: boolean;
}

/** Worktrees of tasks that were not removed, of one run or of all, newest run first. */
export async function listWorktreeEntries(session: Session, runKey?: string): Promise<WorktreeEntry[]> {
  const { listStanding } = await import('../../store/worktrees/worktree-rows.ts');
  const { openWorktrees } = await import('../../workers/worktrees/open-worktrees.ts');
  const worktrees = await openWorktrees(session.store.sql);
  const here = new Map((await worktrees.list()).map(({ place }) => [place.folder, place.repository]));
  const entries: WorktreeEntry[] = [];
  for (const { runId, hasEnded, row } of await listStanding(session.store.sql, runKey ?? null)) {
    const { taskId, branch, sealed, start, lastSnapshot, host, folder } = row;
    const repository = here.get(folder);
    const isDone = row.status === 'sealed';
    const isMerged =
      isDone &&
      sealed !== null &&
      sealed !== start &&
      (row.isLanded || (repository && (await worktrees.isMerged(repository, sealed))));
    const status = isMerged ? 'merged' : isDone ? 'done' : row.status === 'failed' || hasEnded ? 'failed' : 'working';
    const isHere = repository !== undefined && existsSync(folder);
    entries.push({
      run: runId,
      task: taskId,
      status,
      branch,
      commit: sealed,
      snapshots: lastSnapshot,
      host,
      folder,
      isHere,
    });
  }
  return entries;
}

/** A worktree that was removed. */
export interface RemovedWorktree {
  run: string;
  task: string;
  folder: string;
  branch: string;
  /** The ref that keeps its unmerged work; null: there was none. */
  kept: string | null;
}

/** Removes worktrees of runs that have ended from this machine, those with unmerged work too, which is kept under refs. */
export async function pruneWorktrees(session: Session, runKey?: string): Promise<RemovedWorktree[]> {
  const { sweepWorktrees } = await import('../../workers/worktrees/sweep-worktrees.ts');
  const { openWorktrees } = await import('../../workers/worktrees/open-worktrees.ts');
  const parts = { store: session.store, worktrees: await openWorktrees(session.store.sql) };
  const swept = await sweepWorktrees(parts, { prune: true, ...(runKey !== undefined && { runKey }) });
  return swept.map(({ runId, taskId, ...rest }) => ({ run: runId, task: taskId, ...rest }));
}
