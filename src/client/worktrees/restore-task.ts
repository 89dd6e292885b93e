import { existsSync } from 'node:fs';
import { UsageError } from '../../domain/errors.ts';
import { taskSnapshotRef } from '../../domain/worktrees/refs.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { WorktreePlace } from '../../worktrees/place.ts';
import type { Shared } from '../../worktrees/shared.ts';
import type { Worktrees } from '../../worktrees/worktrees.ts';
import type { Session } from '../connection/session.ts';

/** What a task's files were put back to. */
export interface RestoredTask {
  run: string;
  task: string;
  /** Absolute folder of the worktree. */
  folder: string;
  /** Number of the snapshot; 0: what the task began from. */
  snapshot: number;
  commit: string;
  /** Number of the snapshot that keeps what stood there before; null: it was kept already, or nothing stood there. */
  saved: number | null;
  /** Number of the snapshot that has what stood there before, 0 for the beginning; null: nothing stood there. */
  before: number | null;
  /** How many files are other ones now than what stood there; null: nothing stood there. */
  files: number | null;
}

/**
 * Gives back every byte of a snapshot of a task, in its worktree, which is made anew where it is gone. What stands there and is kept nowhere
 * is kept first.
 *
 * @param snapshot its number; 0: what the task began from; null: the latest one
 * @throws UsageError when the task is at work, has no worktree or no such snapshot, or stands on another machine
 */
export async function restoreTask(
  session: Session,
  { runKey, runId }: { runKey: string; runId: string },
  { task, snapshot, by }: { task: string; snapshot: number | null; by: string },
): Promise<RestoredTask> {
  const { findStanding, holdWorktree, writeRestored } = await import('../../store/worktrees/worktree-rows.ts');
  const { openWorktrees } = await import('../../workers/worktrees/open-worktrees.ts');
  const { appendNew } = await import('../../store/run/events.ts');
  const { findFrozen } = await import('../../store/run/frozen-row.ts');
  const worktrees = await openWorktrees(session.store.sql);
  return session.store.transaction(async (sql) => {
    const standing = await findStanding(sql, runKey);
    if (!standing) throw new UsageError(`the store knows no run ${runId} any more.`);
    const { no } = standing;
    await holdWorktree(sql, no, task);
    const row = await findIdle(sql, { ...standing, runId, task });
    const { n, commit } = await findCommit(sql, no, { row, snapshot });
    const share = (await findFrozen(sql, runKey))?.plan.isolation?.share ?? [];
    const made = { ...row, shared: { share, all: false } };
    const { place, shared } = await worktrees.again({ runKey, runId, taskId: task }, made);
    const saved = await keepFirst(sql, no, { worktrees, place, shared, row });
    const files =
      saved.commit === null ? null : (await worktrees.changed(place.repository, saved.commit, commit)).length;
    const before = saved.commit === null ? null : (saved.n ?? (await numberOf(sql, no, row)));
    await worktrees.open(place, { start: commit, shared });
    const fence = await writeRestored(sql, no, { taskId: task, commit });
    const told = { type: 'snapshot:restored', taskId: task, n, commit, by } as const;
    await appendNew(sql, no, [...saved.events, { key: `restored/${task}/by-hand/${fence}`, ...told }]);
    return { run: runId, task, folder: place.workspace, snapshot: n, commit, saved: saved.n, before, files };
  });
}

async function findIdle(
  sql: Sql,
  { no, hasEnded, runId, task }: { no: number; hasEnded: boolean; runId: string; task: string },
): Promise<WorktreeRow> {
  const { findWorktree, listWorktrees } = await import('../../store/worktrees/worktree-rows.ts');
  const row = await findWorktree(sql, no, task);
  if (!row) {
    const known = (await listWorktrees(sql, no)).map(({ taskId }) => taskId);
    throw new UsageError(
      known.length === 0
        ? `no task of ${runId} works in a worktree of its own: its files are in the folder of the run.`
        : `${task} of ${runId} works in no worktree of its own; these do: ${known.join(', ')}.`,
    );
  }
  if (row.status === 'open' && !hasEnded)
    throw new UsageError(`${task} is at work: \`gaffer cancel ${runId}\` stops it first, or wait for its end.`);
  if (!existsSync(row.top)) throw new UsageError(`${task} works in ${row.top} on ${row.host}: restore it there.`);
  return row;
}

async function findCommit(
  sql: Sql,
  no: number,
  { row, snapshot }: { row: WorktreeRow; snapshot: number | null },
): Promise<{ n: number; commit: string }> {
  const { listSnapshots } = await import('../../store/worktrees/worktree-rows.ts');
  const all = await listSnapshots(sql, no, row.taskId);
  const n = snapshot ?? all.at(-1)?.n ?? 0;
  if (n === 0) return { n, commit: row.start };
  const found = all.find((each) => each.n === n);
  if (found) return { n, commit: found.commit };
  const range = all.length === 0 ? 'only 0, what it began from' : `0 to ${all.at(-1)!.n}`;
  throw new UsageError(`${row.taskId} has no snapshot ${n}: there is ${range}.`);
}

// The number of what stands in a worktree that nobody changed since; null: it is older than what is kept.
async function numberOf(sql: Sql, no: number, { taskId, head, start }: WorktreeRow): Promise<number | null> {
  const { listSnapshots } = await import('../../store/worktrees/worktree-rows.ts');
  const found = (await listSnapshots(sql, no, taskId)).findLast(({ commit }) => commit === head);
  return found?.n ?? (head === start ? 0 : null);
}

// What a person changed there since is nowhere else.
async function keepFirst(
  sql: Sql,
  no: number,
  { worktrees, place, shared, row }: { worktrees: Worktrees; place: WorktreePlace; shared: Shared; row: WorktreeRow },
): Promise<{ n: number | null; commit: string | null; events: RunEventDraft[] }> {
  const { writeSnapshot } = await import('../../store/worktrees/worktree-rows.ts');
  const { taskId, attempt, head } = row;
  const { runId } = place.owner;
  const title = `gaffer: ${taskId} of run ${runId}, before it was restored`;
  if (!worktrees.isThere(place)) return { n: null, commit: null, events: [] };
  const kept = await worktrees.snapshot(place, { parent: head, shared, title });
  if (!kept) return { n: null, commit: head, events: [] };
  const { commit } = kept;
  const files = (await worktrees.changed(place.repository, head, commit)).length;
  await worktrees.setRef(place.repository, taskSnapshotRef(runId, taskId, row.lastSnapshot + 1), { commit, on: head });
  const n = await writeSnapshot(sql, no, { taskId, attempt, commit, files });
  const told = { type: 'snapshot:saved', taskId, attempt, n, commit, files } as const;
  return { n, commit, events: [{ key: `snapshot/${taskId}/${n}`, ...told }] };
}
