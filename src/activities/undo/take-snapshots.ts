import type { PlanTask } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { snapshotRef } from '../../domain/run/snapshot-ref.ts';
import type { CheckpointFiles } from '../../store/run/checkpoints.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { placeOf } from '../base/task-workspace.ts';

/** A folder whose files are kept. */
interface Taken {
  path: string;
  commit: string;
}

/**
 * Keeps the files of the run's workspace and of those that these tasks have of their own, as far as they stand in git repositories.
 *
 * A folder in another one of the same repository is in that one's commit.
 */
export async function takeSnapshots(
  dependencies: Pick<ActivityDependencies, 'workspaceHost' | 'folderProblem'>,
  { plan, runId }: FrozenRun,
  { checkpoint, tasks }: { checkpoint: string; tasks: readonly PlanTask[] },
  signal: AbortSignal,
): Promise<CheckpointFiles> {
  const { workspaceHost } = dependencies;
  const title = `gaffer: ${plan.name}, run ${runId}, ${checkpoint}`.replace(/\p{Cc}/gu, ' ');
  const taken: Taken[] = [];
  const take = async (workspace: string, name?: string, place: { leadsTo?: string } = {}): Promise<string | null> => {
    const commit = await workspaceHost.snapshot(
      { workspace, ...place, ref: snapshotRef(runId, checkpoint, name), title },
      signal,
    );
    if (commit !== null) taken.push({ path: workspace, commit });
    return commit;
  };
  const own = await placeOf(dependencies, plan, undefined);
  const snapshot = typeof own === 'string' ? null : await take(plan.workspace, undefined, own);
  const snapshots: Record<string, string> = {};
  // What holds others comes first.
  for (const name of ownWorkspaces(tasks).toSorted((a, b) => a.length - b.length)) {
    const task = { workspace: { path: name } };
    const place = await placeOf(dependencies, plan, task);
    if (typeof place === 'string') continue;
    const { path } = workspaceOf(plan, task);
    const repository = await workspaceHost.repositoryOf(path);
    if (repository === null) continue;
    let commit: string | null = null;
    for (const other of taken) {
      const holds = path.startsWith(`${other.path}/`) && (await workspaceHost.repositoryOf(other.path)) === repository;
      if (holds) commit = other.commit;
    }
    commit ??= await take(path, name, place);
    if (commit !== null) snapshots[name] = commit;
  }
  return { snapshot, snapshots };
}
