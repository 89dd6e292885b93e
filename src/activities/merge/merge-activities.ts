import type { Activities } from '../../contracts/activities.ts';
import type { TrainStep } from '../../contracts/merge.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { outlast } from '../base/insistent-store.ts';
import { couple } from './couple.ts';
import { gate } from './gate.ts';
import { land } from './land.ts';
import { openTrain } from './open-train.ts';
import { retellEnds } from './retell-ends.ts';
import { sendBack } from './send-back.ts';
import { settle } from './settle.ts';
import { getInLine, leaveLine } from './turns.ts';

/** What a merge train does to the world. */
export function mergeActivities(
  shared: ActivityDependencies & { frozenRun: (runKey: string) => Promise<FrozenRun> },
): Pick<Activities, TrainStep | 'sendBack'> {
  const { store, frozenRun } = shared;
  const step =
    <Input extends { runKey: string }, Result>(
      work: (run: FrozenRun, input: Input, signal: AbortSignal) => Promise<Result>,
    ) =>
    (input: Input): Promise<Result> =>
      outlast(store, () => withHeartbeat(async (signal) => work(await frozenRun(input.runKey), input, signal)));
  return {
    openTrain: step((run, input) => openTrain(shared, run, input)),
    coupleBranches: step((run, input) => couple(shared, run, input)),
    gateMerge: step((run, input, signal) => gate(shared, run, input, signal)),
    landMerge: step((run, input) => land(shared, run, input)),
    getInLine: step((run, input) => getInLine(shared, run, input)),
    leaveLine: step((run) => leaveLine(shared, run)),
    settleBranches: step((run, input) => settle(shared, run, input)),
    sendBack: step((run, input) => sendBack(shared, run, input)),
    retellEnds: step((run) => retellEnds(shared, run)),
  };
}
