import type { Heard } from '../store/gateway/gateways.ts';

/** So often in a row a gateway hears nothing new of another one before it takes it for dead. */
const silentTurns = 5;
/** Turns that are further apart than this are not one after the other, in ms. */
const longestGapMs = 3000;

/** The other gateways of the database, as one hears of them each time it says that it lives itself. */
export class Peers {
  readonly #heard = new Map<string, { beat: string; turns: number }>();
  readonly #asked = new Map<string, AbortController>();
  #lastAt = 0;

  /** @param now of the day, as of a clock that goes on while the machine sleeps, in ms @returns those that are silent for too long */
  hear(others: readonly Heard[], now: number): Heard[] {
    const gapMs = now - this.#lastAt;
    this.#lastAt = now;
    // Who was away itself has heard nobody: all of them have their time again.
    if (gapMs < 0 || gapMs > longestGapMs) this.#heard.clear();
    const silent = others.filter(({ id, beat }) => {
      const known = this.#heard.get(id);
      const turns = known?.beat === beat ? known.turns + 1 : 0;
      this.#heard.set(id, { beat, turns });
      return turns >= silentTurns;
    });
    this.#forget(new Set(others.map(({ id }) => id)));
    return silent;
  }

  /** Aborted when that gateway is dead, or has left. */
  signalOf(id: string): AbortSignal {
    const asked = this.#asked.get(id) ?? new AbortController();
    this.#asked.set(id, asked);
    return asked.signal;
  }

  #forget(there: ReadonlySet<string>): void {
    for (const id of this.#heard.keys()) if (!there.has(id)) this.#heard.delete(id);
    for (const [id, asked] of this.#asked) {
      if (there.has(id)) continue;
      this.#asked.delete(id);
      asked.abort(new Error('the gateway that made the call is gone'));
    }
  }
}
