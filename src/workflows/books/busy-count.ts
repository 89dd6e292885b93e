import { condition, patched } from '@temporalio/workflow';
import { mostSteps } from '../../domain/run/in-flight.ts';

/**
 * Counts what is under way, and holds back what would be too much at once (src/domain/run/in-flight.ts).
 *
 * A run counts steps that must come to their end before it may go on as new, as their results would be lost.
 */
export class BusyCount {
  readonly #most: number;
  #count = 0;
  /** Of what has to come to its turn before the run may go on as new. */
  #inLine = 0;

  constructor(most = mostSteps) {
    this.#most = most;
  }

  get underWay(): number {
    return this.#count;
  }

  get isIdle(): boolean {
    return this.#count + this.#inLine === 0;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#count++;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** What has to come to its end before the run may go on as new, though it has no place yet. @throws what `work` throws */
  async inLine<Result>(work: Promise<Result>): Promise<Result> {
    this.#inLine++;
    try {
      return await work;
    } finally {
      this.#inLine--;
    }
  }

  /** Does what there may be thousands of: see {@link enter}. */
  async inTurn<Result>(work: () => Promise<Result>, mayBegin?: () => boolean): Promise<Result> {
    const turn = this.enter(mayBegin);
    if (turn) await turn;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /**
   * Takes a place until {@link leave}. `mayBegin`: whether the line moves; what has one can be begun by the next execution as well, so that
   * the run does not wait for it to come to its turn.
   *
   * @returns what to wait for first; null: there is a place. Without a line nothing of this is in the history
   */
  enter(mayBegin?: () => boolean): Promise<void> | null {
    if (this.#count >= this.#most && isBounded()) return this.#turn(mayBegin);
    this.#count++;
    return null;
  }

  leave(): void {
    this.#count--;
  }

  async #turn(mayBegin?: () => boolean): Promise<void> {
    const isKept = mayBegin === undefined;
    if (isKept) this.#inLine++;
    try {
      // Taken in the same moment in which it is seen: all others in line look in that moment, too.
      await condition(() => (mayBegin?.() ?? true) && this.#count < this.#most && ++this.#count > 0);
    } finally {
      if (isKept) this.#inLine--;
    }
  }
}

// What an execution has done so far without a bound is replayed without one.
function isBounded(): boolean {
  return patched('so-much-at-once');
}
