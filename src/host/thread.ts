import { Worker } from 'node:worker_threads';

/** A thread of ours failed: it ran out of memory, or what it was asked cannot be done. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
}

/** A thread that answers questions, one at a time. */
export interface Thread {
  /**
   * Its answer to a message.
   *
   * @throws ThreadError; the signal's reason when aborted
   */
  ask<Answer>(message: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts a thread for work on hostile text: it can be ended in the middle of a computation, with little memory to waste.
 *
 * `source` is plain JavaScript (CommonJS) that answers each message of `parentPort` with one: a thread cannot be started from
 * a TypeScript file on Node 20. It sees no environment variables.
 */
export function startThread(source: string, workerData: unknown, signal: AbortSignal): Thread {
  const worker = new Worker(source, {
    eval: true,
    workerData,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  let failure: Error | undefined;
  let settle: ((error: Error | undefined, answer?: unknown) => void) | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    settle?.(failure);
  };
  const onAbort = () => fail(signal.reason as Error);
  worker.on('message', (answer) => settle?.(undefined, answer));
  // Without a listener an error of the thread would end the whole process.
  worker.on('error', (error: unknown) => fail(new ThreadError((error as Error).message)));
  worker.on('messageerror', (error) => fail(new ThreadError(error.message)));
  worker.on('exit', () => fail(new ThreadError('it ended without an answer')));
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    ask: <Answer>(message: unknown) =>
      new Promise<Answer>((resolve, reject) => {
        if (signal.aborted) onAbort();
        if (failure) return reject(failure);
        settle = (error, answer) => (error ? reject(error) : resolve(answer as Answer));
        worker.postMessage(message);
      }),
    async stop() {
      signal.removeEventListener('abort', onAbort);
      await worker.terminate();
    },
  };
}
