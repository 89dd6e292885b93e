import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const patienceMs = 1000;

/**
 * Calls on one connection that are given up before it is closed.
 *
 * A call that loses its channel is tried again by the SDK, from a timer, on the closed channel: that throws where nobody can
 * catch it and ends the process.
 */
export class OpenCalls {
  readonly #client: Client;
  /** Calls under way, with what gives each up. The SDK adds a listener for every try of a call and takes none away: a signal of a whole connection would keep them all. */
  readonly #open = new Map<Promise<unknown>, AbortController>();
  #isClosing = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Does something on the connection; rejects when the connection is about to be closed, or when `limit` aborts. */
  track<Result>(work: () => Promise<Result>, limit?: AbortSignal): Promise<Result> {
    // A new call would be tried on the closed channel, too.
    if (this.#isClosing) return Promise.reject(new Error('the connection is being closed'));
    const giveUp = new AbortController();
    setMaxListeners(0, giveUp.signal);
    const abort = (): void => giveUp.abort();
    if (limit?.aborted) abort();
    limit?.addEventListener('abort', abort, { once: true });
    const call = this.#client.withAbortSignal(giveUp.signal, work);
    const settle = (): void => {
      limit?.removeEventListener('abort', abort);
      this.#open.delete(settled);
    };
    const settled = call.then(settle, settle);
    this.#open.set(settled, giveUp);
    return call;
  }

  /** Gives up all of them and closes the connection; one that is between two attempts is waited for in the background. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const giveUp of this.#open.values()) giveUp.abort();
    const closed = Promise.all(this.#open.keys()).then(() => this.#client.connection.close());
    await Promise.race([closed, delay(patienceMs)]);
  }
}
