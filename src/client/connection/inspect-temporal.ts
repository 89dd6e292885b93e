import type { TemporalTarget } from '../../domain/temporal-target.ts';
import { orUnreachable } from './or-unreachable.ts';
import { connectTemporal, type TemporalConnection } from './temporal-connection.ts';

/** A Temporal server as a run would meet it. */
export interface TemporalState {
  serverVersion: string;
  /** Workers that asked for work on that queue in the last minutes. */
  workers: number;
  /** Those of them, by number, that have the tools of a host's workspaces. */
  toolWorkers: number;
}

const workflowTasks = 1;
const activityTasks = 2;

/** A queue of Temporal, for one kind of what it hands out. */
export interface TaskQueueFigures {
  queue: string;
  kind: 'workflow' | 'activity';
  /** Workers that asked for work in the last minutes. */
  pollers: number;
  /** What waits for a worker, about. */
  waiting: number;
  /** How long the oldest of that has waited. */
  oldestSeconds: number;
  addedPerSecond: number;
  dispatchedPerSecond: number;
}

/**
 * Asks Temporal what a run will ask it, and changes nothing: whether the namespace is there for us, and who works on a queue.
 *
 * @throws UnreachableError, TemporalRefusedError
 */
export async function inspectTemporal(
  target: TemporalTarget,
  { taskQueue, host }: { taskQueue: string; host: string },
): Promise<TemporalState> {
  return orUnreachable(target, async () => {
    const connection = await connectTemporal(target);
    try {
      return await connection.calls.track(() => stateOf(connection, { taskQueue, host }));
    } finally {
      await connection.close();
    }
  });
}

async function stateOf(
  { client, target: { namespace } }: TemporalConnection,
  { taskQueue, host }: { taskQueue: string; host: string },
): Promise<TemporalState> {
  const service = client.workflowService;
  const countPollers = async (name: string, taskQueueType: number): Promise<number> => {
    const { pollers } = await service.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType });
    return new Set((pollers ?? []).map(({ identity }) => identity)).size;
  };
  await service.describeNamespace({ namespace });
  const [{ serverVersion }, workers, toolWorkers] = await Promise.all([
    service.getSystemInfo({}),
    countPollers(taskQueue, workflowTasks),
    countPollers(`${taskQueue}@${host}`, activityTasks),
  ]);
  return { serverVersion: serverVersion ?? 'of an unknown version', workers, toolWorkers };
}

/** What Temporal says of a queue, both kinds of it. */
export async function describeQueue(
  { client, target: { namespace } }: Pick<TemporalConnection, 'client' | 'target'>,
  queue: string,
): Promise<TaskQueueFigures[]> {
  const kinds = [
    { kind: 'workflow', taskQueueType: workflowTasks },
    { kind: 'activity', taskQueueType: activityTasks },
  ] as const;
  return Promise.all(
    kinds.map(async ({ kind, taskQueueType }) => {
      const asked = { namespace, taskQueue: { name: queue }, taskQueueType, reportStats: true };
      const { pollers, stats } = await client.workflowService.describeTaskQueue(asked);
      const { seconds = 0, nanos = 0 } = stats?.approximateBacklogAge ?? {};
      return {
        ...{ queue, kind, pollers: new Set((pollers ?? []).map(({ identity }) => identity)).size },
        waiting: Number(stats?.approximateBacklogCount ?? 0),
        oldestSeconds: Number(seconds ?? 0) + Number(nanos ?? 0) / 1e9,
        addedPerSecond: stats?.tasksAddRate ?? 0,
        dispatchedPerSecond: stats?.tasksDispatchRate ?? 0,
      };
    }),
  );
}

/** A worker that asked a queue for work in the last minutes. */
export interface WorkerPoller {
  /** How it calls itself: process and machine, unless it was told another name. */
  identity: string;
  /** When it asked last, ISO 8601. */
  lastSeen: string;
  /** The version that it belongs to; null: workers here have none. */
  version: string | null;
  kinds: ('workflow' | 'activity')[];
}

/** Who asks for work of a queue, those seen last first. */
export async function pollersOf(
  { client, target: { namespace } }: Pick<TemporalConnection, 'client' | 'target'>,
  queue: string,
): Promise<WorkerPoller[]> {
  const found = new Map<string, WorkerPoller>();
  const kinds = [
    { kind: 'workflow', taskQueueType: workflowTasks },
    { kind: 'activity', taskQueueType: activityTasks },
  ] as const;
  for (const { kind, taskQueueType } of kinds) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      ...{ namespace, taskQueue: { name: queue }, taskQueueType },
    });
    for (const { identity, lastAccessTime, deploymentOptions } of pollers ?? []) {
      const lastSeen = new Date(Number(lastAccessTime?.seconds ?? 0) * 1000).toISOString();
      const known = found.get(identity ?? '');
      found.set(identity ?? '', {
        ...{ identity: identity ?? '', version: deploymentOptions?.buildId || null },
        lastSeen: known && known.lastSeen > lastSeen ? known.lastSeen : lastSeen,
        kinds: [...new Set([...(known?.kinds ?? []), kind])],
      });
    }
  }
  return [...found.values()].toSorted((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1));
}
