import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../database/sql.ts';
import { findOpen } from './feed-rows.ts';

/** How often all those are looked for together, in ms: the time between a run's start and its first event is short. */
const pollMs = 50;

/** Waits for runs that no worker has opened yet: one query a tick for all of them, however many wait. */
export class Openings {
  readonly #sql: Sql;
  readonly #waiting = new Map<string, Set<(error?: unknown) => void>>();
  #isLooking = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Until a run is there, or the signal aborts. @throws StoreError what a look came to */
  async until(runKey: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve, reject) => {
      const all = this.#waiting.get(runKey) ?? new Set();
      this.#waiting.set(runKey, all);
      const settle = (error?: unknown): void => {
        signal.removeEventListener('abort', stop);
        all.delete(settle);
        if (all.size === 0 && this.#waiting.get(runKey) === all) this.#waiting.delete(runKey);
        if (error === undefined) resolve();
        else reject(error);
      };
      const stop = (): void => settle();
      signal.addEventListener('abort', stop, { once: true });
      all.add(settle);
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      const asked = [...this.#waiting.keys()];
      await findOpen(this.#sql, asked).then(
        (open) => this.#settle(open),
        (error: unknown) => this.#settle(asked, error),
      );
      if (this.#waiting.size > 0) await delay(pollMs);
    }
    this.#isLooking = false;
  }

  #settle(runKeys: readonly string[], error?: unknown): void {
    for (const runKey of runKeys) for (const settle of [...(this.#waiting.get(runKey) ?? [])]) settle(error);
  }
}
