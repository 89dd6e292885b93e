import { setTimeout as delay } from 'node:timers/promises';
import type { TrafficStore } from '../../store/service/traffic.ts';
import { ProblemError } from '../problem.ts';

/** How long a place outlives its process: several renewals. In ms. */
const lastsMs = 15_000;
/** How long, and how often, who comes back waits for the place that it had: a killed process gave none back, and browsers take a 429 for the end. */
const comeBackWithinMs = lastsMs + 5000;
const lookEveryMs = 1000;

/** A stream's place among those of its key. */
export interface StreamPlace {
  /** Keeps it, or takes it again where its process was away for too long. @returns false: its key opens nothing any more */
  renew(): Promise<boolean>;
  leave(): Promise<void>;
}

/** How many streams keys have, over all processes of the service. */
export class StreamPlaces {
  readonly #traffic: TrafficStore;
  readonly #most: number;
  /** The last who takes one for a key here: each waits for the one before, so that no key has more than one connection for that. */
  readonly #taking = new Map<string, Promise<unknown>>();
  /** How many of a key wait here. */
  readonly #waiting = new Map<string, number>();

  constructor(traffic: TrafficStore, most: number) {
    this.#traffic = traffic;
    this.#most = most;
  }

  /** Takes a place for a stream of a key; who comes back waits for one. @throws ProblemError 429 when it has as many already as it may */
  async take(keyId: string, isReconnect: boolean): Promise<StreamPlace> {
    const traffic = this.#traffic;
    const id = (await this.#inTurn(keyId)) ?? (isReconnect ? await this.#soon(keyId) : null);
    if (id === null) {
      const detail = `this key has ${this.#most} streams open, as many as it may: one stream can follow many runs (/api/events?run=A&run=B).`;
      throw new ProblemError(429, { code: 'too-many-streams', detail, headers: { 'Retry-After': '5' } });
    }
    let renewed: Promise<unknown> = Promise.resolve();
    return {
      renew() {
        // What the database does not answer is asked again with the next renewal.
        const renewal = traffic.renewStream({ id, keyId }, lastsMs).catch(() => true);
        renewed = renewal;
        return renewal;
      },
      async leave() {
        // One that is under way would take it again.
        await renewed;
        // A place that is not given back ends by itself.
        await traffic.closeStream(id).catch(() => undefined);
      },
    };
  }

  /** Waits for a place, behind no more than a key may have streams. */
  async #soon(keyId: string): Promise<string | null> {
    const waiting = this.#waiting.get(keyId) ?? 0;
    if (waiting >= this.#most) return null;
    this.#waiting.set(keyId, waiting + 1);
    try {
      const end = performance.now() + comeBackWithinMs;
      for (;;) {
        await delay(lookEveryMs, undefined, { ref: false });
        const id = await this.#inTurn(keyId);
        if (id !== null || performance.now() >= end) return id;
      }
    } finally {
      const left = this.#waiting.get(keyId)! - 1;
      if (left > 0) this.#waiting.set(keyId, left);
      else this.#waiting.delete(keyId);
    }
  }

  #inTurn(keyId: string): Promise<string | null> {
    const open = (): Promise<string | null> => this.#traffic.openStream(keyId, { most: this.#most, lastsMs });
    const taken = (this.#taking.get(keyId) ?? Promise.resolve()).then(open, open);
    this.#taking.set(keyId, taken);
    const forget = (): void => {
      if (this.#taking.get(keyId) === taken) this.#taking.delete(keyId);
    };
    taken.then(forget, forget);
    return taken;
  }
}
