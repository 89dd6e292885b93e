import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { giveBackWorkflowTask } from './give-back.ts';

// More than a crew has on one machine; what lies beyond is left to Temporal's own timeouts.
const maxWorkflows = 500;
const atOnce = 10;

const started = 2;
const cancelRequested = 3;

/** Where to look, and for whom. */
export interface OrphanSearch {
  namespace: string;
  taskQueue: string;
  /** Whether a worker that is called so is dead. */
  isDead: (identity: string | null | undefined) => boolean;
  /** Only steps that Temporal has not heard of for so many ms: their worker may have lost nothing but the database. */
  silentForMs?: number;
}

/**
 * Has Temporal hand out at once what dead workers had in hand.
 *
 * Its own timeouts would do so too, much later: the heartbeat's, that of an activity without one, the workflow task's, and the sticky
 * queue's, in which the next step of a run waits for the worker that had the run in memory.
 *
 * @returns how many activities were woken
 */
export async function wakeOrphans(connection: NativeConnection, search: OrphanSearch): Promise<number> {
  const client = new Client({ connection, namespace: search.namespace });
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: search.namespace,
    query: `ExecutionStatus = 'Running' AND TaskQueue = '${search.taskQueue.replaceAll("'", "''")}'`,
    pageSize: maxWorkflows,
  });
  const waiting = (executions ?? []).flatMap(({ execution }) => execution ?? []);
  let woken = 0;
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      // A run may end, or a living worker may report, while we look at it.
      woken += await wake(client, search, next).catch(() => 0);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return woken;
}

type Execution = { workflowId?: string | null; runId?: string | null };

async function wake(client: Client, search: OrphanSearch, execution: Execution): Promise<number> {
  const { namespace } = search;
  const [{ pendingActivities, pendingWorkflowTask }, { history }] = await Promise.all([
    client.workflowService.describeWorkflowExecution({ namespace, execution }),
    client.workflowService.getWorkflowExecutionHistoryReverse({ namespace, execution, maximumPageSize: 50 }),
  ]);
  const last = history?.events?.find((event) => event.workflowTaskStartedEventAttributes);
  if (search.isDead(last?.workflowTaskStartedEventAttributes?.identity)) {
    // First of all: what is woken below must not wait in the dead worker's own queue.
    await client.workflowService.resetStickyTaskQueue({ namespace, execution });
    const isInHand = last === history?.events?.[0] && pendingWorkflowTask?.state === started;
    // It may have timed out meanwhile, and a server may know no such task: then it is left to its timeout.
    const scheduledEventId = Number(last?.workflowTaskStartedEventAttributes?.scheduledEventId);
    if (isInHand) await giveBackWorkflowTask(client, { namespace, execution, scheduledEventId }).catch(() => undefined);
  }
  const orphans = (pendingActivities ?? []).filter(
    (activity) =>
      (activity.state === started || activity.state === cancelRequested) &&
      search.isDead(activity.lastWorkerIdentity) &&
      isSilent(activity, search.silentForMs ?? 0),
  );
  const woken = await Promise.allSettled(
    orphans.map(({ activityId, state }) => {
      const id = { workflowId: execution.workflowId!, runId: execution.runId!, activityId: activityId! };
      return state === started ? client.activity.fail(id, killed()) : client.activity.reportCancellation(id);
    }),
  );
  return woken.filter((result) => result.status === 'fulfilled').length;
}

type Heard = { seconds?: unknown } | null | undefined;

function isSilent(activity: { lastHeartbeatTime?: Heard; lastStartedTime?: Heard }, forMs: number): boolean {
  const heardAt = activity.lastHeartbeatTime ?? activity.lastStartedTime;
  return Date.now() - Number(heardAt?.seconds ?? 0) * 1000 >= forMs;
}

function killed(): ApplicationFailure {
  const message = 'the worker that ran this step was killed';
  return ApplicationFailure.create({ type: failureTypes.superseded, message, nextRetryDelay: '1 ms' });
}
