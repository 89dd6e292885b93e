import type { IncomingMessage } from 'node:http';
import { mostBodyBytes } from './read-body.ts';
import { Refusal } from './refusal.ts';

/** Bytes of requests that are kept at a time: of one attempt, and of all. Read and passed on, each takes several times as much. */
const mostOfOne = 64 * 1024 * 1024;
const mostOfAll = 256 * 1024 * 1024;
/** Requests that are under way at a time: of one attempt, and of all. Each of them may have a long answer. */
const mostCallsOfOne = 64;
const mostCallsOfAll = 512;
/** So long a request waits for room, unread, in ms. */
const patienceMs = 30_000;

/** Gives room back. */
export type GiveBack = () => void;

interface Taken {
  bytes: number;
  calls: number;
}

/** Room for requests and their bodies, given in turn: who asks much waits for itself, and before its body is read. */
export class BodyRoom {
  readonly #taken = new Map<string, Taken>();
  readonly #waiting = new Set<() => void>();
  readonly #limits: { one: Taken; all: Taken; patienceMs: number };
  #all: Taken = { bytes: 0, calls: 0 };

  constructor(
    limits = {
      one: { bytes: mostOfOne, calls: mostCallsOfOne },
      all: { bytes: mostOfAll, calls: mostCallsOfAll },
      patienceMs,
    },
  ) {
    this.#limits = limits;
  }

  /** Waits for room for a request of `name`. @throws Refusal when there is none for a long time, or the request has gone */
  async take(name: string, request: IncomingMessage): Promise<GiveBack> {
    const bytes = sizeOf(request);
    const until = performance.now() + this.#limits.patienceMs;
    while (!this.#fits(name, bytes)) {
      const leftMs = until - performance.now();
      if (leftMs <= 0 || request.destroyed)
        throw new Refusal('unavailable', 'too many requests, or too large ones, are under way: ask again later', 5000);
      await this.#change(request, leftMs);
    }
    this.#add(name, { bytes, calls: 1 });
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#add(name, { bytes: -bytes, calls: -1 });
      for (const wake of [...this.#waiting]) wake();
    };
  }

  #fits(name: string, bytes: number): boolean {
    const { one, all } = this.#limits;
    const more = { bytes, calls: 1 };
    return isWithin(sum(this.#taken.get(name), more), one) && isWithin(sum(this.#all, more), all);
  }

  #add(name: string, more: Taken): void {
    const taken = sum(this.#taken.get(name), more);
    if (taken.calls > 0) this.#taken.set(name, taken);
    else this.#taken.delete(name);
    this.#all = sum(this.#all, more);
  }

  #change(request: IncomingMessage, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        request.off('close', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      request.once('close', wake);
      this.#waiting.add(wake);
    });
  }
}

function sum(taken: Taken | undefined, more: Taken): Taken {
  return { bytes: (taken?.bytes ?? 0) + more.bytes, calls: (taken?.calls ?? 0) + more.calls };
}

function isWithin({ bytes, calls }: Taken, limit: Taken): boolean {
  return bytes <= limit.bytes && calls <= limit.calls;
}

// One that does not say how long it is may be as long as any.
function sizeOf({ headers }: IncomingMessage): number {
  const told = headers['content-length'];
  return told === undefined ? mostBodyBytes : Math.min(Number(told), mostBodyBytes);
}
