import { setTimeout as delay } from 'node:timers/promises';
import type { RunCutOffError } from '../errors.ts';

/** How long a closed run has until it is asked again whether its result is there, in ms. */
const settleMs = 1000;

/** What is asked about a run. */
interface Questions {
  cutOff: () => Promise<RunCutOffError | null>;
  /** Settles when Temporal closes the run, or cannot say any more whether it did. */
  ended: () => Promise<unknown>;
}

/** Ends the wait for the next event of a run that was terminated, or otherwise cut off: no last event ever comes. */
export class CutOffWatch {
  /** Why the wait was ended; null: it was not, or not by us. */
  found: RunCutOffError | null = null;
  /** Aborts when the run was cut off, or the caller's signal does. */
  readonly signal: AbortSignal;
  readonly #stopping = new AbortController();

  /** `end`: a question to `ended` that is out already. */
  constructor({ end, signal, ...questions }: Questions & { end: Promise<unknown>; signal: AbortSignal }) {
    this.signal = AbortSignal.any([signal, this.#stopping.signal]);
    void this.#watch(end, questions);
  }

  /** To be called when nobody waits any more. */
  stop(): void {
    this.#stopping.abort();
  }

  async #watch(end: Promise<unknown>, { cutOff, ended }: Questions): Promise<void> {
    // Where Temporal cannot be asked, the store's events are still there.
    const look = (): Promise<RunCutOffError | null> => cutOff().catch(() => null);
    for (let next = end; !this.signal.aborted;) {
      await next.catch(() => undefined);
      // Asked twice, so that nobody is told so because two answers crossed.
      const first = this.signal.aborted ? null : await look();
      await delay(settleMs, undefined, { signal: this.signal, ref: false }).catch(() => undefined);
      if (first && !this.signal.aborted) this.found = await look();
      if (this.found) this.stop();
      if (!this.signal.aborted) next = ended();
    }
  }
}
