import { Worker } from 'node:worker_threads';
import type { Clock } from './cpu-clock.ts';
import { startCpuClockOf } from './cpu-clock.ts';

/** A thread of ours failed: it ran out of memory, or what it was asked cannot be done. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
}

/** It used more CPU than it may. */
export class ThreadCpuError extends ThreadError {}

/** What bounds a thread. */
export interface ThreadLimits {
  /** CPU of all of its answers together, in ms: a busy or stopped machine does not count. */
  cpuMs: number;
  signal: AbortSignal;
}

const lookEveryMs = 100;

/** A thread that answers questions, one at a time. */
export interface Thread {
  /**
   * Its answer to a message.
   *
   * @throws ThreadError, of which one is {@link ThreadCpuError}; the signal's reason when aborted
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
export function startThread(source: string, workerData: unknown, { cpuMs, signal }: ThreadLimits): Thread {
  const worker = new Worker(introduction + source, {
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
  const stopWatch = watchCpu(worker, cpuMs, fail);
  worker.once('message', () => worker.on('message', (answer) => settle?.(undefined, answer)));
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
      stopWatch();
      signal.removeEventListener('abort', onAbort);
      await worker.terminate();
    },
  };
}

// Its first message says which thread it is.
function watchCpu(worker: Worker, cpuMs: number, fail: (error: Error) => void): () => void {
  let used: Clock | undefined;
  worker.once('message', ({ threadNumber }: { threadNumber: number | null }) => {
    used = startCpuClockOf(threadNumber);
  });
  const watch = setInterval(() => {
    if (used && used() > cpuMs) fail(new ThreadCpuError(`it takes more than ${cpuMs / 1000} s of CPU`));
  }, lookEveryMs);
  return () => clearInterval(watch);
}

// First of all it says which of the system's threads it is, where one can know.
const introduction = `
{
  let threadNumber = null;
  try {
    threadNumber = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {}
  require('node:worker_threads').parentPort.postMessage({ threadNumber });
}
`;
