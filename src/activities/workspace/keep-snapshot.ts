/*
 * K1 A snapshot has a number, a row, a ref and an event, or none of them: the ref is there before the row, so that no git removes what a row names.
 * K2 Files that are as the last snapshot has them make none.
 * K3 Only who has the worktree keeps anything (custody): what comes late writes nothing.
 */
import type { WorkspaceStep } from '../../contracts/workspace.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { isolationIn } from '../../domain/worktrees/isolation-of.ts';
import { taskSnapshotRef } from '../../domain/worktrees/refs.ts';
import { appendNew } from '../../store/run/events.ts';
import { findBase } from '../../store/worktrees/overlap-rows.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findHeld, holdWorktree, writeSnapshot, type WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { Snapshot } from '../../worktrees/worktrees.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { inTurn } from './in-turn.ts';
import { tellOverlaps } from './tell-overlaps.ts';
import { createdKey, placeOfRow, sharedOf, type WorkspaceDependencies } from './task-place.ts';
import { taskDefinition } from '../base/task-definition.ts';

/** Keeps an attempt's files as they are now, if they have changed, and tells who changes the same ones. @returns what was kept; null: nothing had changed */
export async function keepSnapshot(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  step: WorkspaceStep,
): Promise<Snapshot | null> {
  const task = await taskDefinition(dependencies.store.sql, run, step.taskId);
  if (isolationIn(run.plan, task) === 'shared') return null;
  const keep = async (sql: Sql): Promise<Snapshot | null> => {
    await holdWorktree(sql, run.no, step.taskId);
    const row = await findHeld(sql, run.no, step); // K3
    if (!row) return null;
    const { snapshot, events } = await snapshotOf(dependencies, run, { sql, row });
    await appendNew(sql, run.no, events);
    return snapshot;
  };
  const kept = await inTurn(() => dependencies.store.transaction(keep));
  if (kept) await tellOverlaps(dependencies, run, step.taskId);
  return kept;
}

/** Whether an attempt's files are others now than those that it began from, as far as git keeps them. They are kept then. */
export async function hasChanged(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  step: WorkspaceStep,
): Promise<boolean> {
  await keepSnapshot(dependencies, run, step);
  const row = await findHeld(dependencies.store.sql, run.no, step);
  if (!row) return false;
  const { repository } = await placeOfRow(dependencies, run, row);
  // Whoever took another one's work in begins from that since, and may have nothing of its own left to change.
  const begun = await findBase(dependencies.store.sql, run.no, createdKey(step));
  return (await dependencies.worktrees.changed(repository, begun ?? row.start, row.head)).length > 0;
}

/** {@link keepSnapshot} for who holds the worktree already. */
export async function snapshotOf(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, row }: { sql: Sql; row: WorktreeRow },
): Promise<{ snapshot: Snapshot | null; events: RunEventDraft[] }> {
  const { worktrees } = dependencies;
  const { taskId, attempt } = row;
  const place = await placeOfRow(dependencies, run, row);
  const shared = sharedOf(run, await taskDefinition(sql, run, taskId));
  const title = `gaffer: ${taskId} of run ${run.runId}, attempt ${attempt}`;
  const snapshot = await worktrees.snapshot(place, { parent: row.head, shared, title });
  if (!snapshot) return { snapshot: null, events: [] }; // K2
  const { commit } = snapshot;
  const files = (await worktrees.changed(place.repository, row.head, commit)).length;
  const next = row.lastSnapshot + 1;
  await worktrees.setRef(place.repository, taskSnapshotRef(run.runId, taskId, next), { commit, on: row.head }); // K1
  const n = await writeSnapshot(sql, run.no, { taskId, attempt, commit, files });
  const told = { type: 'snapshot:saved', taskId, attempt, n, commit, files } as const;
  return { snapshot, events: [{ key: `snapshot/${taskId}/${n}`, ...told }] };
}
