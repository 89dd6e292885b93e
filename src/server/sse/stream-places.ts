import type { TrafficStore } from '../../store/service/traffic.ts';
import { ProblemError } from '../problem.ts';

/** How long a place outlives its process: several signs of life. In ms. */
const lastsMs = 60_000;

/** A stream's place among those of its key. */
export interface StreamPlace {
  /** Keeps it. @returns false: its key opens nothing any more */
  renew(): Promise<boolean>;
  leave(): Promise<void>;
}

/** How many streams keys have, over all processes of the service. */
export class StreamPlaces {
  readonly #traffic: TrafficStore;
  readonly #most: number;
  /** The last who takes one for a key here: each waits for the one before, so that no key has more than one connection for that. */
  readonly #taking = new Map<string, Promise<unknown>>();

  constructor(traffic: TrafficStore, most: number) {
    this.#traffic = traffic;
    this.#most = most;
  }

  /** Takes a place for a stream of a key. @throws ProblemError 429 when it has as many already as it may */
  async take(keyId: string): Promise<StreamPlace> {
    const id = await this.#inTurn(keyId);
    if (id === null) {
      const detail = `this key has ${this.#most} streams open, as many as it may: one stream can follow many runs (/api/events?run=A&run=B).`;
      throw new ProblemError(429, { code: 'too-many-streams', detail, headers: { 'Retry-After': '5' } });
    }
    return {
      // What the database does not answer is asked again with the next sign of life.
      renew: () => this.#traffic.renewStream(id, lastsMs).catch(() => true),
      // A place that is not given back ends by itself.
      leave: () => this.#traffic.closeStream(id).catch(() => undefined),
    };
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
