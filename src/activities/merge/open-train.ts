import type { MergeOutcome, OpenTrainInput, OpenTrainResult } from '../../contracts/merge.ts';
import { toInstance, withoutIteration } from '../../domain/ids/execution-id.ts';
import { queueOf } from '../../domain/plan/workspace.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { appendNew } from '../../store/run/events.ts';
import { changeBranch, listBranches, type MergeBranch } from '../../store/merges/merge-branches.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { unacceptedWork } from './accepted-work.ts';
import { waitingEvent } from './merge-events.ts';

/** Puts branches of a run into trains, one for each target. Put in again, they are what they were. */
export async function openTrain(
  { store, workspaceQueue }: Pick<ActivityDependencies, 'store' | 'workspaceQueue'>,
  run: FrozenRun,
  { taskIds, into, isOwn }: OpenTrainInput,
): Promise<OpenTrainResult> {
  const wanted = taskIds && new Set(taskIds);
  const all = await listBranches(store.sql, run.no);
  const asked = all.filter(({ taskId, status }) => status !== 'merged' && (wanted?.has(taskId) ?? true));
  // An iteration of a loop has the work of those before it.
  const last = new Map(asked.map((branch) => [withoutIteration(branch.taskId), branch]));
  const named = asked.filter((branch) => last.get(withoutIteration(branch.taskId)) === branch);
  const refused = isOwn ? new Map<string, string>() : await unacceptedWork(store.sql, run, named);
  const trains = new Map<string, OpenTrainResult['trains'][number]>();
  const [stranded, events]: [MergeOutcome[], RunEventDraft[]] = [[], []];
  for (const known of inPlanOrder(run, named)) {
    const { taskId, host, repository, branch, head, home } = known;
    if (refused.has(taskId)) continue;
    const target = into ?? run.plan.merge?.into ?? home;
    if (target === null) {
      stranded.push({ taskId, status: 'waiting', reason: noTarget });
      events.push(waitingEvent(known, null, noTarget));
      continue;
    }
    const way = JSON.stringify([host, repository, target]);
    const route = { runKey: run.runKey, repository, target };
    const taskQueue = queueOf(workspaceQueue, { path: repository, host });
    const train = trains.get(way) ?? { route, taskQueue, taskIds: [] };
    trains.set(way, { ...train, taskIds: [...train.taskIds, taskId] });
    const key = `merge-queued/${taskId}/${head}/${target}`;
    events.push({ key, type: 'merge:queued', taskId, branch, commit: head, into: target });
  }
  await store.transaction(async (sql) => {
    for (const { taskId, reason } of stranded) await changeBranch(sql, run.no, { taskId, status: 'waiting', reason });
    for (const { route, taskIds: ids } of trains.values())
      for (const taskId of ids)
        await changeBranch(sql, run.no, { taskId, status: 'queued', target: route.target, reason: null });
    await appendNew(sql, run.no, events);
  });
  // What nobody has accepted stays as it is.
  const left = [...refused].map(([taskId, reason]): MergeOutcome => ({ taskId, status: 'waiting', reason }));
  return { trains: [...trains.values()], outcomes: [...stranded, ...left] };
}

const noTarget =
  'no branch was checked out in its repository: name the one that it goes into, with `merge.into` or `gaffer merge RUN --into BRANCH`';

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
