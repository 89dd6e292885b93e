import { AsyncResource } from 'node:async_hooks';
import { CancelledFailure } from '@temporalio/common';
import type { WorkerStore } from '../../store/open-store.ts';
import { isPassing } from '../../store/store.ts';
import { listGivenUp } from '../../store/task/task-rows.ts';
import { CalledOff } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** How often a slice asks who of those at work is given up, in ms. */
const askAgainMs = 1000;

interface Stoppable {
  stop(reason: unknown): void;
}

interface Hearing {
  signal: AbortSignal;
  atWork: ReadonlyMap<string, Stoppable>;
  /** Told once when nobody can be asked, and no outage explains it. */
  fail: (error: unknown) => void;
}

/**
 * Stops whom the store has as given up, as soon as it says so, and nobody else. A cancel of the step is for all, as is the end of its worker.
 */
export function hearGivenUp(
  { sql }: Pick<WorkerStore, 'sql'>,
  { no }: Pick<FrozenRun, 'no'>,
  { signal, atWork, fail }: Hearing,
): { isOver(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    try {
      const givenUp = atWork.size > 0 ? await listGivenUp(sql, no, [...atWork.keys()]) : [];
      for (const id of givenUp) atWork.get(id)?.stop(new CalledOff(`task ${id} was given up`));
    } catch (error) {
      // A database that is away says it later; until then everybody is wanted.
      if (!isPassing(error)) return fail(error);
    }
    if (!isOver) timer = setTimeout(() => void look(), askAgainMs);
  };
  // Whoever aborts the signal is nobody's step.
  const stopAll = AsyncResource.bind((): void => {
    const reason = new CancelledFailure('CANCELLED', [], signal.reason as Error);
    for (const one of atWork.values()) one.stop(reason);
  });
  if (signal.aborted) stopAll();
  else signal.addEventListener('abort', stopAll, { once: true });
  void look();
  return {
    isOver() {
      isOver = true;
      signal.removeEventListener('abort', stopAll);
      clearTimeout(timer);
    },
  };
}
