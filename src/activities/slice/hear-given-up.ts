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

interface Hearing {
  signal: AbortSignal;
  /** Whom the slice was given: once nobody of them is wanted any more, what they had begin is not either. */
  given: readonly string[];
  /** Those and whom it began by itself. */
  all: ReadonlySet<string>;
  atWork: ReadonlyMap<string, Stoppable>;
}

/**
 * Stops who is meant by a cancel of a slice: those whom the store has as given up; all, where it names none of them or everyone that
 * the slice was given, or when the worker ends. Others take the turn to its end that they are at, and may be given up meanwhile.
 */
export function hearGivenUp(
  { sql }: Pick<WorkerStore, 'sql'>,
  { no }: Pick<FrozenRun, 'no'>,
  { signal, given, all, atWork }: Hearing,
): { isOver(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stopAll = (): void => {
    const reason = new CancelledFailure('CANCELLED', [], signal.reason as Error);
    for (const one of atWork.values()) one.stop(reason);
  };
  const ask = async (): Promise<void> => {
    const givenUp = isCancelRequested() ? await listGivenUp(sql, no, [...all]) : [];
    if (givenUp.length === 0 || given.every((id) => givenUp.includes(id))) return stopAll();
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
