import type { WorkspaceStep } from '../../contracts/workspace.ts';
import type { Sql } from '../../store/database/sql.ts';
import { appendNew } from '../../store/run/events.ts';
import { findHeld, holdWorktree, writeHead } from '../../store/worktrees/worktree-rows.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { inTurn } from './in-turn.ts';
import { snapshotOf } from './keep-snapshot.ts';
import { placeOfRow, sharedOf, type WorkspaceDependencies } from './task-place.ts';
import { taskDefinition } from '../base/task-definition.ts';

/**
 * Gives an attempt its files as it began with them, or as that commit has them: for who begins anew what a death cut off. What stood there is
 * kept as a snapshot. Of an attempt that has no worktree of its own, nothing changes.
 */
export async function putBack(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { to, ...step }: WorkspaceStep & { to?: string },
): Promise<void> {
  const back = async (sql: Sql): Promise<void> => {
    await holdWorktree(sql, run.no, step.taskId);
    const row = await findHeld(sql, run.no, step);
    if (!row) return;
    const place = await placeOfRow(dependencies, run, row);
    const shared = sharedOf(run, await taskDefinition(sql, run, step.taskId));
    const { events } = await snapshotOf(dependencies, run, { sql, row });
    const commit = to ?? row.start;
    await dependencies.worktrees.putBack(place, { commit, shared });
    await writeHead(sql, run.no, { taskId: step.taskId, commit });
    await appendNew(sql, run.no, events);
  };
  await inTurn(() => dependencies.store.transaction(back));
}
