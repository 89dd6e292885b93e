import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import { removeOldRuns, removeOrphanPlans } from '../store/lifetime/retention.ts';
import type { Store } from '../store/store.ts';

/** Small, so that a batch never holds the database up. */
const batch = 20;
const everyMs = 60 * 60_000;

/** A job that goes on until it is stopped. */
export interface RetentionJob {
  stop(): Promise<void>;
}

/**
 * Removes ended runs that are older than `retentionMs` from the store, at once and then every hour; null: keeps everything.
 *
 * Every worker has this job. A lock in the database sees to it that one at a time does the work, so that there is no worker
 * whose loss stops it. A database that is away is left for the next time.
 */
export function startRetention(store: Store, retentionMs: number | null): RetentionJob {
  if (retentionMs === null) return { stop: () => Promise.resolve() };
  const stopping = new AbortController();
  const running = keepTidy(store, retentionMs, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function keepTidy(store: Store, retentionMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tidy(store, retentionMs, signal).catch((error: unknown) => {
      Runtime.instance().logger.warn('old runs could not be removed; the next try is in an hour', { error });
    });
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function tidy(store: Store, olderThanMs: number, signal: AbortSignal): Promise<void> {
  for (let removed = batch; removed === batch && !signal.aborted;) {
    removed = (await store.transaction((sql) => removeOldRuns(sql, { olderThanMs, limit: batch }))).length;
  }
  if (!signal.aborted) await removeOrphanPlans(store.sql);
}
