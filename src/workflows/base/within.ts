import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { toSummary } from './cosmetics.ts';
import { finalFailure } from './failures.ts';

/** A limit in ms. */
export interface TimeLimit {
  /** For people: `task build`. */
  what: string;
  /** Asked again whenever the time seems to be over, so that it can be raised meanwhile; null: none. */
  limitMs: () => number | null;
  /** How long nobody worked because somebody was waited for; that time does not count. */
  waitedMs: () => number;
  /** When the time began, in ms since the epoch; default: now. */
  startedAt?: number;
}

/**
 * Runs work below a limit; what is in flight at its end is cancelled and waited for.
 *
 * @throws ApplicationFailure `TaskTimeout` when the limit ended it
 */
export async function within<Result>(limit: TimeLimit, work: () => Promise<Result>): Promise<Result> {
  if (limit.limitMs() === null) return work();
  const working = new CancellationScope();
  const waiting = new CancellationScope();
  let isOver = false;
  const deadline = waiting.run(async () => {
    await untilOver(limit);
    isOver = true;
    working.cancel();
  });
  deadline.catch(() => undefined);
  try {
    return await working.run(work);
  } catch (error) {
    if (!isOver || !isCancellation(error)) throw error;
    const seconds = (limit.limitMs() ?? 0) / 1000;
    throw finalFailure(failureTypes.taskTimeout, `${limit.what} took longer than its timeout of ${seconds} s`);
  } finally {
    waiting.cancel();
  }
}

// The SDK's own scope with a timeout cannot name its timer in the Web UI.
async function untilOver({ what, limitMs, waitedMs, startedAt = Date.now() }: TimeLimit): Promise<void> {
  for (;;) {
    const limit = limitMs();
    // A limit that was lifted: looked at again once in a while.
    const left = limit === null ? 3_600_000 : limit - (Date.now() - startedAt - waitedMs());
    if (left <= 0) return;
    await sleep(left, { summary: toSummary(`time limit of ${what}`) });
  }
}
