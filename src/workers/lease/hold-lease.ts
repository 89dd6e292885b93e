import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { askForAll, hearCancelled } from '../../activities/base/activity-context.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { type OrphanSearch, wakeOrphans } from './wake-orphans.ts';
import { isOurDead, placeOfIdentity, workerIdentity } from './worker-identity.ts';

/** Whose lease it is: the worker of this process on a queue. `host`: as its identity has it. */
interface Leaseholder {
  host: string;
  namespace: string;
  taskQueue: string;
}

/** A lease that is held. */
export interface HeldLease {
  /** Has workers everywhere hear at once that steps of a workflow are cancelled. */
  tellCancelled(workflowId: string, steps: readonly string[]): void;
  stop(): Promise<void>;
}

/**
 * Says that a worker lives, until it is stopped, and has Temporal hand out at once what others had in hand when they died: wherever they were,
 * within about three seconds (src/store/leases/worker-leases.ts). What died in this place before and has no lease is looked for now.
 */
export function holdLease(
  store: WorkerStore,
  connection: NativeConnection,
  { host, namespace, taskQueue }: Leaseholder,
): HeldLease {
  const identity = workerIdentity(host);
  const stopping = new AbortController();
  const { signal } = stopping;
  const warn = (what: string, error: unknown): void => {
    if (!signal.aborted) Runtime.instance().logger.warn(what, { error });
  };
  const look = (endOf: OrphanSearch['endOf']): Promise<number> =>
    connection.withAbortSignal(signal, () => wakeOrphans(connection, { namespace, taskQueue, endOf, signal }));
  const keeper = store.holdLease({
    ...{ identity, place: placeOfIdentity(identity), namespace, taskQueue },
    ...{ isGone: isOurDead, hearCancelled, missWords: askForAll, warn },
    handOut: (dead) => look((other) => dead.get(other ?? '') ?? null),
  });
  const lookForOthers = async (): Promise<void> => {
    // Those are handed out by who takes their lease.
    const leased = new Set<string | null | undefined>(await keeper.leased());
    await look((other) => (isOurDead(other) && !leased.has(other) ? 'gone' : null));
  };
  // A server that does not let us look must not keep us from working.
  const first = lookForOthers().catch((error: unknown) => warn('orphans are left to their timeouts', error));
  return {
    tellCancelled: (workflowId, steps) => keeper.tellCancelled(workflowId, steps),
    async stop() {
      stopping.abort();
      await Promise.all([first, keeper.stop()]);
    },
  };
}
