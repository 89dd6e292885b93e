import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { MergeOutcome, MergeTrainInput, MergeTrainResult } from '../contracts/merge.ts';
import { checkInput } from './base/check-input.ts';
import { toSummary } from './base/cosmetics.ts';
import { describeFailure, finalFailure } from './base/failures.ts';
import { declareVersioning } from './base/versioning.ts';
import { mergeSteps } from './merge/merge-steps.ts';
import { ride } from './merge/train.ts';

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
  const summary = toSummary('see which branches go where');
  const opened = await mergeSteps.openTrain
    .executeWithOptions({ summary }, [{ runKey, taskIds, into, isOwn }])
    .catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      const { type, message, details } = describeFailure(error);
      throw finalFailure(type, message, details);
    });
  const outcomes: MergeOutcome[] = [...opened.outcomes];
  try {
    for (const train of opened.trains) outcomes.push(...(await ride(train)));
  } finally {
    // The run waits for its own train, and ends after it.
    if (!isOwn && opened.trains.length > 0) await CancellationScope.nonCancellable(() => retell(runKey));
  }
  return { outcomes };
}

function retell(runKey: string): Promise<void> {
  const summary = 'say anew how the run ended';
  return mergeSteps.retellEnds.executeWithOptions({ summary }, [{ runKey }]);
}

// Over in a batch: it ends on the version that it began on.
declareVersioning('PINNED', mergeTrain);
