import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { OrphanSearch } from './wake-orphans.ts';
import { wakeOrphans } from './wake-orphans.ts';
import { isOurDead } from './worker-identity.ts';

const everyMs = 5000;

/**
 * Wakes what workers of this host had in hand when they were killed: at once for those of before, within five seconds for those that
 * worked beside this one. Temporal still lists them among the pollers of the queue for minutes, by their names.
 */
export function startPeerWatch(connection: NativeConnection, search: OrphanSearch): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const known = new Set<string>();
  const running = (async () => {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      // A server that does not let us look must not keep us from working.
      await connection.withAbortSignal(signal, () => look(connection, search, { known, isFirst })).catch(warn);
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  function warn(error: unknown): void {
    if (!signal.aborted) Runtime.instance().logger.warn('orphans are left to their timeouts', { error });
  }
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function look(
  connection: NativeConnection,
  search: OrphanSearch,
  { known, isFirst }: { known: Set<string>; isFirst: boolean },
): Promise<void> {
  const { namespace, taskQueue } = search;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    ...{ namespace, taskQueue: { name: taskQueue }, taskQueueType: workflowQueue },
  });
  const dead = (pollers ?? []).flatMap(({ identity }) => (identity && isOurDead(identity) ? identity : []));
  const news = dead.filter((identity) => !known.has(identity));
  if (isFirst || news.length > 0) await wakeOrphans(connection, search);
  for (const identity of news) known.add(identity);
}

const workflowQueue = 1;
