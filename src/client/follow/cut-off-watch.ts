import { setTimeout as delay } from 'node:timers/promises';
import type { RunCutOffError } from '../errors.ts';

/** How long a closed run has until it is asked again whether its result is there, in ms. */
const settleMs = 1000;

/** What is asked about a run. */
export interface CutOffQuestions {
  cutOff: () => Promise<RunCutOffError | null>;
  /** Settles when Temporal closes the run, or cannot say any more whether it did, or when nobody wants to know. */
  ended: (limit: AbortSignal) => Promise<unknown>;
}

/**
 * Ends the wait for the next event of a run that was terminated, or otherwise cut off: no last event ever comes. One watch does for all
 * who follow it in a process.
 */
export class CutOffWatch {
  /** Why the waits were ended; null: they were not, or not by us. */
  found: RunCutOffError | null = null;
  /** Settles when Temporal closes the run: the question that is out. */
  end: Promise<unknown>;
  readonly #stopping = new AbortController();
  readonly #stops = new Set<() => void>();
  readonly #forget: () => void;

  private constructor({ cutOff, ended }: CutOffQuestions, forget: () => void) {
    this.#forget = forget;
    this.end = ended(this.#stopping.signal);
    void this.#watch({ cutOff, ended });
  }

  /** The watch on a run among those of a process; it begins with whoever comes first, who joins it at once. */
  static on(watches: Map<string, CutOffWatch>, runKey: string, questions: CutOffQuestions): CutOffWatch {
    const known = watches.get(runKey);
    if (known) return known;
    const begun: CutOffWatch = new CutOffWatch(questions, () => {
      if (watches.get(runKey) === begun) watches.delete(runKey);
    });
    watches.set(runKey, begun);
    return begun;
  }

  /** `stop` is called when the run was cut off. @returns what leaves again: with the last one the watch ends */
  join(stop: () => void): () => void {
    this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
      if (this.#stops.size === 0) this.#stop();
    };
  }

  // Whoever comes now gets what there is, before it is told by a watch of its own.
  #stop(): void {
    this.#forget();
    this.#stopping.abort();
  }

  async #watch({ cutOff, ended }: CutOffQuestions): Promise<void> {
    const { signal } = this.#stopping;
    // Where Temporal cannot be asked, the store's events are still there.
    const look = (): Promise<RunCutOffError | null> => cutOff().catch(() => null);
    for (;;) {
      await this.end.catch(() => undefined);
      if (signal.aborted) return;
      // Asked twice, so that nobody is told so because two answers crossed.
      const first = await look();
      await delay(settleMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      this.found = first && (await look());
      if (this.found) {
        this.#stop();
        for (const stop of this.#stops) stop();
        return;
      }
      this.end = ended(signal);
    }
  }
}
