import type { RunStatus } from '../../domain/run/run-result.ts';
import type { RemovableRun } from '../../store/lifetime/retention.ts';
import type { Session } from '../connection/session.ts';
import { removeSnapshots } from '../start/workspace-leftovers.ts';
import { pruneWorktrees } from '../worktrees/list-worktrees.ts';
import { forget } from './remove-run.ts';

export type { RemovableRun } from '../../store/lifetime/retention.ts';

/** Runs that may be removed, and how many plans no run has. */
export interface Prunable {
  runs: RemovableRun[];
  orphanPlans: number;
}

/** What ended at least so long ago, in ms. */
export async function findPrunable(
  { store }: Session,
  filter: { olderThanMs: number; statuses?: RunStatus[] | undefined },
): Promise<Prunable> {
  const { countOrphanPlans, findRemovable } = await import('../../store/lifetime/retention.ts');
  const { olderThanMs, statuses } = filter;
  const limit = Number.MAX_SAFE_INTEGER;
  const runs = await findRemovable(store.sql, { olderThanMs, limit, ...(statuses && { statuses }) });
  return { runs, orphanPlans: await countOrphanPlans(store.sql) };
}

/** Removes them for good. `onRemoved` is told how many are gone. */
export async function prune(session: Session, { runs }: Prunable, onRemoved: (count: number) => void): Promise<void> {
  const { removeOrphanPlans, removeRuns } = await import('../../store/lifetime/retention.ts');
  for (const [index, run] of runs.entries()) {
    const folders = Object.values(await session.store.runs.workspaces(run.runKey));
    await pruneWorktrees(session, run.runKey);
    await removeSnapshots([run.workspace, ...folders], run.runId);
    // Temporal lets an id be used again only once it has forgotten the older run.
    if (run.hasSuccessor) await session.store.transaction((sql) => removeRuns(sql, [run.runKey]));
    else await forget(session, run);
    onRemoved(index + 1);
  }
  await removeOrphanPlans(session.store.sql);
}
