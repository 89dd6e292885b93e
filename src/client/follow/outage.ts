import { setTimeout as delay } from 'node:timers/promises';
import { UnreachableError } from '../../domain/errors.ts';

/** How long the database may be away until whoever waits for it is told, in ms. */
const longestOutageMs = 60_000;
const longestPauseMs = 2000;
/** Reasons of a StoreError that pass; its class is not loaded here. */
const passing: readonly unknown[] = ['unreachable', 'busy', 'hindered'];

/** From so long without a failure on the database was back, in ms: longer than a try to connect takes. */
const backAfterMs = 15_000;

/** Gets over a database that is away for a while: {@link Outage.wait} is asked after every failure. */
export class Outage {
  #since = 0;
  #latest = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;

  /** Waits before the next try. @throws the error itself when it is no lost connection, or it is lost for too long */
  async wait(error: unknown, signal?: AbortSignal): Promise<void> {
    const { name, reason } = (error ?? {}) as { name?: unknown; reason?: unknown };
    const now = Date.now();
    const isNew = now - this.#latest > backAfterMs;
    if (isNew) this.#since = now;
    this.#latest = now;
    this.#pauseMs = isNew ? 100 : Math.min(2 * this.#pauseMs, longestPauseMs);
    if (name !== 'StoreError' || !passing.includes(reason) || now - this.#since > longestOutageMs) throw error;
    await delay(this.#pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/**
 * Asks the database, over a connection that is lost meanwhile.
 *
 * @throws UnreachableError once the session is `closing`, as the connection is lost for good then
 */
export async function overOutages<Result>(
  { closing }: { closing: AbortSignal },
  ask: () => Promise<Result>,
): Promise<Result> {
  for (const outage = new Outage(); ;) {
    if (closing.aborted) throw new UnreachableError('the connection to the runs is closed');
    try {
      return await ask();
    } catch (error) {
      await outage.wait(error, closing);
    }
  }
}
