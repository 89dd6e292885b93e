import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { failureTypes } from '../domain/failure-types.ts';
import { finalFailure } from './failures.ts';

/**
 * Runs work below a limit in ms (null: none); what is in flight at its end is cancelled and waited for.
 *
 * @throws ApplicationFailure `TaskTimeout` when the limit ended it
 */
export async function within<Result>(
  limitMs: number | null,
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  if (limitMs === null) return work();
  const working = new CancellationScope();
  const waiting = new CancellationScope();
  let isOver = false;
  // The SDK's own scope with a timeout cannot name its timer in the Web UI.
  const deadline = waiting.run(async () => {
    await sleep(limitMs, { summary: `time limit of ${what}` });
    isOver = true;
    working.cancel();
  });
  deadline.catch(() => undefined);
  try {
    return await working.run(work);
  } catch (error) {
    if (!isOver || !isCancellation(error)) throw error;
    throw finalFailure(failureTypes.taskTimeout, `${what} took longer than its timeout of ${limitMs / 1000} s`);
  } finally {
    waiting.cancel();
  }
}
