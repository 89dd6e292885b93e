import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';

const everyMs = 60_000;

/** A look that a worker takes again and again. */
export interface MinuteLook {
  look: () => Promise<unknown>;
  /** What a look that fails is logged as: the next one comes all the same. */
  whenFailed: string;
}

/** Looks now, and a minute after each look, until it is stopped; a look under way is given up then. */
export function lookEachMinute(
  connection: NativeConnection,
  { look, whenFailed }: MinuteLook,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await connection.withAbortSignal(signal, look).catch((error: unknown) => {
        if (signal.aborted) return;
        Runtime.instance().logger.warn(whenFailed, { error });
      });
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
