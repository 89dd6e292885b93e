import { ApplicationFailure, CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import { describeFailure } from '../base/failures.ts';

/** Steps of {@link saga} that can be undone. */
export interface Saga {
  /**
   * Registers what undoes a step. Call it before the step: a step that was cut off may have acted.
   *
   * The undo is told whether its step came to its end (`saga.done(name)` was called), and must accept that it never did.
   */
  add: (name: string, undo: (step: { ended: boolean }) => Promise<void>) => void;
  /** Notes that a step has come to its end; of several with its name, the first that has not. */
  done: (name: string) => void;
}

/** What became of one undo. */
export interface UndoneStep {
  name: string;
  ended: boolean;
  error: string | null;
}

/**
 * Runs work whose steps are undone when it fails or is cancelled: what never ended first, then in reverse order of the ends.
 *
 * A cancel does not reach the undoing, and one undo that fails does not stop the others.
 *
 * @example
 * ```ts
 * import { saga } from 'gaffer-crew/workflow';
 *
 * export async function publish(put: () => Promise<void>, takeBack: () => Promise<void>): Promise<void> {
 *   await saga(async ({ add, done }) => {
 *     add('page', takeBack);
 *     await put();
 *     done('page');
 *   });
 * }
 * ```
 * @throws what the work threw; when an undo failed too, an ApplicationFailure `RollbackFailed` with every {@link UndoneStep} as details, or,
 * after a cancel, a CancelledFailure with the same
 */
export async function saga<Result>(work: (saga: Saga) => Promise<Result>): Promise<Result> {
  const steps: { name: string; undo: (step: { ended: boolean }) => Promise<void>; order: number }[] = [];
  let ends = 0;
  const own: Saga = {
    add: (name, undo) => void steps.push({ name, undo, order: Infinity }),
    done(name) {
      const step = steps.find((each) => each.name === name && each.order === Infinity);
      if (step) step.order = ++ends;
    },
  };
  try {
    return await work(own);
  } catch (error) {
    const undone: UndoneStep[] = [];
    await CancellationScope.nonCancellable(async () => {
      const ordered = steps.toReversed().toSorted((a, b) => (a.order === b.order ? 0 : b.order - a.order));
      for (const { name, undo, order } of ordered) {
        const ended = order !== Infinity;
        undone.push({ name, ended, error: await failureOf(() => undo({ ended })) });
      }
    });
    const failed = undone.filter((step) => step.error !== null);
    if (failed.length === 0) throw error;
    const message = `${describeFailure(error).message}; could not undo ${failed.map((step) => step.name).join(', ')}`;
    if (isCancellation(error)) throw new CancelledFailure(message, [undone]);
    throw ApplicationFailure.create({ type: 'RollbackFailed', message, details: [undone], nonRetryable: true });
  }
}

// Also an undo that throws before it has made its promise must not stop the others.
async function failureOf(undo: () => Promise<void>): Promise<string | null> {
  try {
    await undo();
    return null;
  } catch (error) {
    return describeFailure(error).message;
  }
}
