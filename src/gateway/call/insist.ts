import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '../../store/store.ts';

const firstPauseMs = 50;
const longestPauseMs = 2000;

/**
 * Does something in the database, and again for as long as that is away, crowded or hindered.
 *
 * @param patienceMs for how long; left out: until it is done, as what was paid for has to be written down
 * @throws what the database says of it, and StoreError when the patience is over
 */
export async function insist<Result>(work: () => Promise<Result>, patienceMs = Infinity): Promise<Result> {
  const until = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || performance.now() + pauseMs > until) throw error;
      await sleep(pauseMs);
    }
  }
}
