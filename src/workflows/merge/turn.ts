import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
} from '@temporalio/workflow';
import type { OpenTrainResult } from '../../contracts/merge.ts';
import { toTrainId } from '../../domain/ids/merge-id.ts';
import { toSummary } from '../base/cosmetics.ts';
import { mergeSteps } from './merge-steps.ts';

/** A train before this one is through. */
const turnSignal = defineSignal('turn');

/** Whoever is before it may have died without a word: it looks for itself after so long, in ms. */
const lookMs = 5 * 60_000;

/** The turn of a train among those of other runs that go into the same branch. */
export class Turn {
  #calls = 0;

  constructor() {
    setHandler(turnSignal, () => void this.#calls++);
  }

  /** Waits until nobody is before it. */
  async come({ route, taskQueue }: OpenTrainResult['trains'][number]): Promise<void> {
    for (;;) {
      const seen = this.#calls;
      const summary = toSummary(`its turn to go into ${route.target}`);
      if (await mergeSteps.getInLine.executeWithOptions({ taskQueue, summary }, [route])) return;
      const waiting = toSummary(`another run goes into ${route.target}`);
      await condition(() => this.#calls > seen, lookMs, { summary: waiting });
    }
  }

  /** Leaves the line, also when it is cancelled, and tells who comes next. */
  async leave(runKey: string): Promise<void> {
    const summary = toSummary('the next one may go');
    await CancellationScope.nonCancellable(async () => {
      const { next } = await mergeSteps.leaveLine.executeWithOptions({ summary }, [{ runKey }]);
      const tell = (runId: string) => getExternalWorkflowHandle(toTrainId(runId)).signal(turnSignal);
      // Whoever is not there any more needs not to be told.
      await Promise.allSettled(next.map(tell));
    });
  }
}
