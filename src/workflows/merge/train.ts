import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { CoupleResult, MergeOutcome, OpenTrainResult, SettleInput } from '../../contracts/merge.ts';
import { rideTrain, type TrainHands } from '../../domain/merge/ride.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';
import { mergeSteps } from './merge-steps.ts';
import type { Turn } from './turn.ts';

export type Train = OpenTrainResult['trains'][number];

const stopped = 'its train was stopped';
const shownTasks = 8;
const nothingCoupled: CoupleResult = { base: '', isNew: false, chain: [], later: [], outcomes: [] };

/**
 * Brings the branches of one train into its target. What cannot be done leaves branches waiting, with the reason.
 *
 * @throws only for a cancel: what has not landed by then waits
 */
export async function ride(train: Train, turn: Turn): Promise<MergeOutcome[]> {
  const { route, taskQueue, taskIds } = train;
  const isInTurn = patched('trains-in-turn');
  const outcomes = new Map<string, MergeOutcome>();
  const tell = (outcome: MergeOutcome): void => void outcomes.set(outcome.taskId, outcome);
  try {
    if (isInTurn) await turn.come(train);
    await rideTrain(taskIds, handsOf({ route }, { taskQueue, tell }), !patched('rejects-at-the-end'));
  } catch (error) {
    const left = taskIds.filter((id) => !outcomes.has(id));
    const reason = isCancellation(error) ? stopped : describeFailure(error).message;
    await settleAll({ ...route, taskIds: left, status: 'waiting', reason });
    if (isCancellation(error)) throw error;
    for (const taskId of left) tell({ taskId, status: 'waiting', reason });
  } finally {
    if (isInTurn) await turn.leave(route.runKey);
  }
  return [...outcomes.values()];
}

/** Branches of a train that was stopped before it began wait, too. */
export function leave({ route, taskIds }: Train): Promise<void> {
  return settleAll({ ...route, taskIds, status: 'waiting', reason: stopped });
}

// It needs no repository, so that nobody waits for the host that has it. A cancel does not come between what is known and what is noted.
async function settleAll(settling: SettleInput): Promise<void> {
  const { taskIds, status, reason } = settling;
  // Trains of before noted that of nobody, too.
  if (taskIds.length === 0 && patched('notes-somebody')) return;
  const summary = toSummary(`${namesOf(taskIds)} ${status === 'rejected' ? 'is out' : 'wait'}: ${reason}`);
  await CancellationScope.nonCancellable(() => mergeSteps.settleBranches.executeWithOptions({ summary }, [settling]));
}

function handsOf(
  { route }: Pick<Train, 'route'>,
  { taskQueue, tell }: { taskQueue: string; tell: (outcome: MergeOutcome) => void },
): TrainHands {
  let coupled = nothingCoupled;
  const first = (count: number): string[] => coupled.chain.slice(0, count).map(({ taskId }) => taskId);
  const options = (text: string) => ({ taskQueue, summary: toSummary(text) });
  const settle = async (taskIds: readonly string[], status: 'rejected' | 'waiting', reason: string): Promise<void> => {
    await settleAll({ ...route, taskIds: [...taskIds], status, reason });
    for (const taskId of taskIds) tell({ taskId, status, reason });
  };
  return {
    async couple(ids) {
      const input = { ...route, taskIds: [...ids] };
      const text = `merge ${namesOf(ids)} with ${route.target}`;
      coupled = await mergeSteps.coupleBranches.executeWithOptions(options(text), [input]);
      for (const outcome of coupled.outcomes) tell(outcome);
      return { chain: first(coupled.chain.length), later: coupled.later };
    },
    gate(count) {
      const taskIds = first(count);
      const commit = count === 0 ? coupled.base : coupled.chain[count - 1]!.commit;
      const text = count === 0 ? `gates on ${route.target} alone` : `gates on ${route.target} with ${namesOf(taskIds)}`;
      return mergeSteps.gateMerge.executeWithOptions(options(text), [{ ...route, commit, taskIds }]);
    },
    async land(count) {
      const { base, isNew } = coupled;
      const input = { ...route, base, isNew, chain: coupled.chain.slice(0, count) };
      // A cancel does not come between the branch and what is noted of it.
      const move = () => mergeSteps.landMerge.executeWithOptions(options(`move ${route.target}`), [input]);
      const landing = await CancellationScope.nonCancellable(move);
      const merged = landing.kind === 'landed' ? [...first(count), ...landing.along] : [];
      for (const taskId of merged) tell({ taskId, status: 'merged', reason: null });
      return landing;
    },
    reject: (id, reason) => settle([id], 'rejected', reason),
    hold: (ids, reason) => settle(ids, 'waiting', reason),
  };
}

function namesOf(ids: readonly string[]): string {
  const more = ids.length - shownTasks;
  return `${ids.slice(0, shownTasks).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
