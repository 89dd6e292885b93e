import { CancellationScope } from '@temporalio/workflow';
import type { MergeOutcome, MergeTrainInput, MergeTrainResult } from '../contracts/merge.ts';
import { checkInput } from './base/check-input.ts';
import { toSummary } from './base/cosmetics.ts';
import { describeFailure, finalFailure } from './base/failures.ts';
import { declareVersioning } from './base/versioning.ts';
import { mergeSteps } from './merge/merge-steps.ts';
import { Turn } from './merge/turn.ts';
import { leave, ride, type Train } from './merge/train.ts';

/**
 * Brings branches of a run into the branch that they are meant for: merged, gated as merged, and moved by compare-and-swap.
 *
 * Started by `orchestrate` for what has ended by then, or for a person by `gaffer merge`. Started again, it brings nothing in twice.
 *
 * @throws ApplicationFailure: nothing could be looked at
 */
export async function mergeTrain(input: MergeTrainInput): Promise<MergeTrainResult> {
  checkInput('mergeTrain', input, { runKey: 'text', runId: 'text' });
  const { runKey, taskIds, into, isOwn } = input;
  const turn = new Turn();
  const summary = toSummary('see which branches go where');
  // What it puts in line must be known, so that a cancel leaves nothing there.
  const opened = await CancellationScope.nonCancellable(() =>
    mergeSteps.openTrain.executeWithOptions({ summary }, [{ runKey, taskIds, into, isOwn }]),
  ).catch((error: unknown) => {
    const { type, message, details } = describeFailure(error);
    throw finalFailure(type, message, details);
  });
  const outcomes: MergeOutcome[] = [...opened.outcomes];
  try {
    for (const [at, train] of opened.trains.entries())
      outcomes.push(...(await rideOr({ train, turn }, opened.trains.slice(at + 1))));
  } finally {
    // The run waits for its own train, and ends after it.
    if (!isOwn && opened.trains.length > 0) await CancellationScope.nonCancellable(() => retell(runKey));
  }
  return { outcomes };
}

// A cancel leaves nobody in line, those of trains that would have come later included.
async function rideOr({ train, turn }: { train: Train; turn: Turn }, later: readonly Train[]): Promise<MergeOutcome[]> {
  try {
    return await ride(train, turn);
  } catch (error) {
    for (const other of later) await leave(other);
    throw error;
  }
}

function retell(runKey: string): Promise<void> {
  const summary = 'say anew how the run ended';
  return mergeSteps.retellEnds.executeWithOptions({ summary }, [{ runKey }]);
}

// Over in a batch: it ends on the version that it began on.
declareVersioning('PINNED', mergeTrain);
