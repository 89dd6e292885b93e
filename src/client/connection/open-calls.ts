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
  readonly #closing = new AbortController();
  /** Calls under way with their limits, which are held here: `AbortSignal.any` holds only weakly what it is made of, and a timeout that nobody holds never comes. */
  readonly #open = new Map<Promise<unknown>, AbortSignal | undefined>();

  constructor(client: Client) {
    this.#client = client;
    setMaxListeners(0, this.#closing.signal);
  }

  /** Does something on the connection; rejects when the connection is about to be closed, or when `limit` aborts. */
  track<Result>(work: () => Promise<Result>, limit?: AbortSignal): Promise<Result> {
    // A new call would be tried on the closed channel, too.
    if (this.#closing.signal.aborted) return Promise.reject(new Error('the connection is being closed'));
    const signal = limit ? AbortSignal.any([this.#closing.signal, limit]) : this.#closing.signal;
    const call = this.#client.withAbortSignal(signal, work);
    const settled = call.then(
      () => void this.#open.delete(settled),
      () => void this.#open.delete(settled),
    );
    this.#open.set(settled, limit);
    return call;
  }

  /** Gives up all of them and closes the connection; one that is between two attempts is waited for in the background. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = Promise.all(this.#open.keys()).then(() => this.#client.connection.close());
    await Promise.race([closed, delay(patienceMs)]);
  }
}
