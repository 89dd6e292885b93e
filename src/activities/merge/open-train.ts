import type { MergeOutcome, OpenTrainInput, OpenTrainResult } from '../../contracts/merge.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { appendNew } from '../../store/run/events.ts';
import { changeBranch, listBranches, type MergeBranch } from '../../store/merges/merge-branches.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Puts branches of a run into trains, one for each target. Put in again, they are what they were. */
export async function openTrain(
  { store, train, folderProblem }: Pick<ActivityDependencies, 'store' | 'train' | 'folderProblem'>,
  run: FrozenRun,
  { taskIds, into }: OpenTrainInput,
): Promise<OpenTrainResult> {
  const wanted = taskIds && new Set(taskIds);
  const all = await listBranches(store.sql, run.no);
  const named = all.filter(({ taskId, status }) => status !== 'merged' && (wanted?.has(taskId) ?? true));
  const trains = new Map<string, OpenTrainResult['trains'][number]>();
  const outcomes: MergeOutcome[] = [];
  const targets = new Map<string, string | null>();
  for (const branch of inPlanOrder(run, named)) {
    const { taskId, repository } = branch;
    const problem = folderProblem(repository);
    const target = problem === null ? await targetOf(repository) : null;
    if (target === null) outcomes.push({ taskId, status: 'waiting', reason: problem ?? noTarget });
    else {
      const route = { runKey: run.runKey, repository, target };
      const key = JSON.stringify([repository, target]);
      const train = trains.get(key) ?? { route, taskIds: [] };
      trains.set(key, { ...train, taskIds: [...train.taskIds, taskId] });
    }
  }
  await store.transaction(async (sql) => {
    for (const { taskId, reason } of outcomes) await changeBranch(sql, run.no, { taskId, status: 'waiting', reason });
    for (const { route, taskIds: ids } of trains.values())
      for (const taskId of ids)
        await changeBranch(sql, run.no, { taskId, status: 'queued', target: route.target, reason: null });
    await appendNew(sql, run.no, queuedEvents([...trains.values()], named));
  });
  return { trains: [...trains.values()], outcomes };

  async function targetOf(repository: string): Promise<string | null> {
    const known = into ?? run.plan.merge?.into ?? targets.get(repository);
    if (known !== undefined) return known;
    const found = await train.checkedOut(repository);
    targets.set(repository, found);
    return found;
  }
}

const noTarget =
  'no branch is checked out in its repository: name the one that it goes into, with `merge.into` or `gaffer merge RUN --into BRANCH`';

function queuedEvents(trains: OpenTrainResult['trains'], branches: readonly MergeBranch[]) {
  const byId = new Map(branches.map((branch) => [branch.taskId, branch]));
  return trains.flatMap(({ route, taskIds }) =>
    taskIds.map((taskId) => {
      const { branch, head } = byId.get(taskId)!;
      const key = `merge-queued/${taskId}/${head}/${route.target}`;
      return { key, type: 'merge:queued' as const, taskId, branch, commit: head, into: route.target };
    }),
  );
}

// Tasks that were added stand behind those of the plan, in the order in which they ended.
function inPlanOrder({ plan }: FrozenRun, branches: readonly MergeBranch[]): MergeBranch[] {
  const places = new Map(plan.tasks.map(({ id }, index) => [id, index]));
  const placeOf = ({ taskId }: MergeBranch): [number, number] => {
    const { task, item } = toInstance(taskId);
    return [places.get(task) ?? plan.tasks.length, item ?? 0];
  };
  return branches
    .map((branch) => ({ branch, place: placeOf(branch) }))
    .toSorted(({ place: [a, x] }, { place: [b, y] }) => a - b || x - y)
    .map(({ branch }) => branch);
}
