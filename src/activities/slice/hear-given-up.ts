import { AsyncResource } from 'node:async_hooks';
import { CancelledFailure } from '@temporalio/common';
import { listGivenUp } from '../../store/task/task-rows.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { CalledOff, isCancelRequested } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** How often a slice that was cancelled asks who of those still at work is given up, in ms. */
const askAgainMs = 500;

interface Stoppable {
  stop(reason: unknown): void;
}

/**
 * Stops who is meant by a cancel of a slice: those whom the store has as given up; all, where it names none of them, or when the
 * worker ends. Others take the turn to its end that they are at, and may be given up meanwhile.
 */
export function hearGivenUp(
  { sql }: Pick<WorkerStore, 'sql'>,
  { no }: Pick<FrozenRun, 'no'>,
  { signal, all, atWork }: { signal: AbortSignal; all: ReadonlySet<string>; atWork: ReadonlyMap<string, Stoppable> },
): { isOver(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stopAll = (): void => {
    const reason = new CancelledFailure('CANCELLED', [], signal.reason as Error);
    for (const one of atWork.values()) one.stop(reason);
  };
  const ask = async (): Promise<void> => {
    const givenUp = isCancelRequested() ? await listGivenUp(sql, no, [...all]) : [];
    if (givenUp.length === 0) return stopAll();
    for (const id of givenUp) atWork.get(id)?.stop(new CalledOff(`task ${id} was given up`));
    if (!isOver) timer = setTimeout(again, askAgainMs);
  };
  // Who cannot be asked after ends: that is what a cancel says by itself.
  // Whoever aborts the signal is nobody's step.
  const again = AsyncResource.bind((): void => void ask().catch(stopAll));
  if (signal.aborted) again();
  else signal.addEventListener('abort', again, { once: true });
  return {
    isOver() {
      isOver = true;
      signal.removeEventListener('abort', again);
      clearTimeout(timer);
    },
  };
}
