/*
 * Which worktrees go (custody):
 * C3 One of a run that lives stays, whatever its task; so does one whose work is on a branch that was merged nowhere, whatever somebody changed
 *    there since, and one that a person had put back, until a person says so. Their files are not looked at.
 * C4 Before one goes, what it holds besides its branch is kept: also what somebody changed there after its task had ended.
 * C5 Work that no branch of a person's has is kept under a ref that nobody removes or moves away from it: `refs/gaffer/kept/RUN/TASK`, then
 *    `…/TASK@2`.
 * C6 One that cannot be looked at keeps none of the others.
 */
import { existsSync } from 'node:fs';
import { keptRef, taskBranch } from '../../domain/worktrees/refs.ts';
import type { Sql } from '../../store/database/sql.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Store } from '../../store/store.ts';
import {
  findStanding,
  findWorktree,
  tryHoldWorktree,
  writeRemoved,
  type WorktreeRow,
} from '../../store/worktrees/worktree-rows.ts';
import type { WorktreeNote, WorktreePlace } from '../../worktrees/place.ts';
import type { Worktrees } from '../../worktrees/worktrees.ts';

/** A worktree that was removed. */
export interface SweptWorktree {
  runId: string;
  taskId: string;
  folder: string;
  branch: string;
  /** The ref that keeps its unmerged work; null: there was none. */
  kept: string | null;
}

/** What is swept. */
export interface SweepOptions {
  /** Also those whose work is on a branch that was merged nowhere. */
  prune?: boolean;
  /** Only those of this run. */
  runKey?: string;
  /** Told what could not be removed, and why; left out: the first of these is thrown when all were looked at. */
  onFailed?: (folder: string, error: unknown) => void;
}

interface Parts {
  store: Pick<Store, 'transaction'>;
  worktrees: Worktrees;
}

/** Removes worktrees that nobody needs any more from this machine (C3-C6). */
export async function sweepWorktrees(parts: Parts, options: SweepOptions = {}): Promise<SweptWorktree[]> {
  const swept: SweptWorktree[] = [];
  const failed: unknown[] = [];
  for (const { place, note } of await parts.worktrees.list()) {
    if (options.runKey !== undefined && options.runKey !== note.runKey) continue;
    try {
      const one = await parts.store.transaction((sql) =>
        sweepOne(sql, parts, { place, note, prune: options.prune === true }),
      );
      if (one) swept.push(one);
    } catch (error) {
      if (options.onFailed)
        options.onFailed(place.folder, error); // C6
      else failed.push(error);
    }
  }
  if (failed.length > 0) throw failed[0];
  return swept;
}

interface Standing {
  place: WorktreePlace;
  note: WorktreeNote;
  prune: boolean;
}

async function sweepOne(
  sql: Sql,
  { worktrees }: Parts,
  { place, note, prune }: Standing,
): Promise<SweptWorktree | null> {
  const { runId, taskId, folder } = note;
  const run = await findStanding(sql, note.runKey);
  if (run && (!run.hasEnded || !(await tryHoldWorktree(sql, run.no, taskId)))) return null; // C3
  const row = run && (await findWorktree(sql, run.no, taskId));
  if (row && !prune && (await isWaiting(worktrees, place, row))) return null; // C3
  const kept = await keptOf(worktrees, { place, note, row });
  const ref = kept === null ? null : await worktrees.keep(place.repository, keptRef(runId, taskId), kept); // C5
  await worktrees.remove(place);
  const branch = taskBranch(runId, taskId);
  if (run && row) {
    await writeRemoved(sql, run.no, taskId);
    const key = `removed/${taskId}/${row.fence}`;
    await appendNew(sql, run.no, [{ key, type: 'worktree:removed', taskId, branch, kept: ref }]);
  }
  return { runId, taskId, folder, branch, kept: ref };
}

// C3
async function isWaiting(
  worktrees: Worktrees,
  { repository }: WorktreePlace,
  { isRestored, status, sealed, start, isLanded }: WorktreeRow,
): Promise<boolean> {
  if (!existsSync(repository.common)) return false;
  if (isRestored) return true;
  if (status !== 'sealed' || sealed === null || sealed === start || isLanded) return false;
  return !(await worktrees.isMerged(repository, sealed));
}

// C4. The commit of what nobody else has; null: there is nothing.
async function keptOf(
  worktrees: Worktrees,
  { place, note, row }: { place: WorktreePlace; note: WorktreeNote; row: WorktreeRow | undefined },
): Promise<string | null> {
  const { repository, owner } = place;
  if (!existsSync(repository.common)) return null;
  const head = row?.head ?? note.start;
  const { shared } = note;
  const title = `gaffer: what was left of ${owner.taskId} of run ${owner.runId}`;
  const left = worktrees.isThere(place) ? await worktrees.snapshot(place, { parent: head, shared, title }) : null;
  if (left) return left.commit;
  const commit = row?.sealed ?? head;
  if (commit === note.start || commit === row?.start || (row?.sealed && row.isLanded)) return null;
  return (await worktrees.isMerged(repository, commit)) ? null : commit;
}
