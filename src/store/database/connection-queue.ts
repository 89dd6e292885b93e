/*
 * Who gets one of our connections next:
 * Q1 Who came first goes first, but commits go before all else, and the last few places are theirs alone: what was paid for is written
 *    down also while everybody else wants something.
 * Q2 Neither the queue nor the wait is without end. Whoever does not get in is told that we are busy: of the server that says nothing.
 */
import { StoreError } from '../store.ts';

/** What a connection is wanted for: `commit` writes down what came of something that cannot be had again for nothing. */
export type Errand = 'work' | 'commit';

/** How many connections there are, and who may wait for one. */
export interface QueueLimits {
  places: number;
  /** Places of those that only commits get. */
  kept: number;
  maxWaiting?: number;
  patienceMs?: number;
}

interface Waiting {
  enter: () => void;
  timer: NodeJS.Timeout;
}

/** Hands out places (Q1, Q2). */
export class ConnectionQueue {
  readonly #limits: Required<QueueLimits>;
  readonly #waiting: Record<Errand, Set<Waiting>> = { work: new Set(), commit: new Set() };
  #taken = 0;

  constructor(limits: QueueLimits) {
    this.#limits = { maxWaiting: 1000, patienceMs: 60_000, ...limits };
  }

  /** Does something in a place of its own. @throws StoreError `busy` when none became free, or too many wait already */
  async within<Result>(errand: Errand, work: () => Promise<Result>): Promise<Result> {
    if (this.#isFree(errand)) this.#taken++;
    else await this.#wait(errand);
    try {
      return await work();
    } finally {
      this.#taken--;
      this.#letIn();
    }
  }

  #isFree(errand: Errand): boolean {
    const { places, kept } = this.#limits;
    if (this.#waiting.commit.size > 0) return false;
    return errand === 'commit' ? this.#taken < places : this.#waiting.work.size === 0 && this.#taken < places - kept;
  }

  #wait(errand: Errand): Promise<void> {
    const { maxWaiting, patienceMs } = this.#limits;
    const queue = this.#waiting[errand];
    if (queue.size >= maxWaiting) return Promise.reject(this.#busy(`${queue.size} others wait for one`));
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.delete(waiting);
        reject(this.#busy(`none became free within ${patienceMs / 1000} s`));
      };
      const waiting: Waiting = { enter: resolve, timer: setTimeout(giveUp, patienceMs) };
      queue.add(waiting);
    });
  }

  #letIn(): void {
    const { places, kept } = this.#limits;
    for (const [errand, limit] of [['commit', places] as const, ['work', places - kept] as const]) {
      for (const waiting of this.#waiting[errand]) {
        if (this.#taken >= limit) break;
        this.#waiting[errand].delete(waiting);
        clearTimeout(waiting.timer);
        this.#taken++;
        waiting.enter();
      }
    }
  }

  #busy(why: string): StoreError {
    const { places } = this.#limits;
    return new StoreError('busy', `all ${places} connections to the database are in use here, and ${why}`);
  }
}
