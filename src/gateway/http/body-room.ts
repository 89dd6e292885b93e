import type { IncomingMessage } from 'node:http';
import { mostBodyBytes } from './read-body.ts';
import { Refusal } from './refusal.ts';

/** Bytes of requests that are kept at a time: of one attempt, and of all. Read and passed on, each takes several times as much. */
const mostOfOne = 64 * 1024 * 1024;
const mostOfAll = 256 * 1024 * 1024;
/** So long a request waits for room, unread, in ms. */
const patienceMs = 30_000;

/** Gives room back. */
export type GiveBack = () => void;

/** Room for the bodies of requests, given in turn: who asks much waits for itself, and before its body is read. */
export class BodyRoom {
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #limits: { one: number; all: number; patienceMs: number };
  #all = 0;

  constructor(limits = { one: mostOfOne, all: mostOfAll, patienceMs }) {
    this.#limits = limits;
  }

  /** Waits for room for a request of `name`. @throws Refusal when there is none for a long time, or the request has gone */
  async take(name: string, request: IncomingMessage): Promise<GiveBack> {
    const bytes = sizeOf(request);
    const until = performance.now() + this.#limits.patienceMs;
    while (!this.#fits(name, bytes)) {
      const leftMs = until - performance.now();
      if (leftMs <= 0 || request.destroyed)
        throw new Refusal('unavailable', 'too many large requests are under way: ask again later', 5000);
      await this.#change(request, leftMs);
    }
    this.#add(name, bytes);
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#add(name, -bytes);
      for (const wake of [...this.#waiting]) wake();
    };
  }

  #fits(name: string, bytes: number): boolean {
    const { one, all } = this.#limits;
    return (this.#taken.get(name) ?? 0) + bytes <= one && this.#all + bytes <= all;
  }

  #add(name: string, bytes: number): void {
    const taken = (this.#taken.get(name) ?? 0) + bytes;
    if (taken > 0) this.#taken.set(name, taken);
    else this.#taken.delete(name);
    this.#all += bytes;
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

// One that does not say how long it is may be as long as any.
function sizeOf({ headers }: IncomingMessage): number {
  const told = headers['content-length'];
  return told === undefined ? mostBodyBytes : Math.min(Number(told), mostBodyBytes);
}
