import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { failureTypes } from '../domain/run/failure-types.ts';
import { giveBackWorkflowTask } from './give-back.ts';
import { isOurDead } from './worker-identity.ts';

// More than a crew has on one machine; what lies beyond is left to Temporal's own timeouts.
const maxWorkflows = 500;
const atOnce = 10;

const started = 2;
const cancelRequested = 3;

/** Where to look. */
export interface OrphanSearch {
  namespace: string;
  taskQueue: string;
}

/**
 * Has Temporal hand out at once what workers of this host had in hand when they were killed.
 *
 * Its own timeouts would do so too, much later: the heartbeat's, that of an activity without one, the workflow task's, and the sticky
 * queue's, in which the next step of a run waits for the worker that had the run in memory. Workers of other hosts
 * and containers are left to them.
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
  if (isOurDead(last?.workflowTaskStartedEventAttributes?.identity)) {
    // First of all: what is woken below must not wait in the dead worker's own queue.
    await client.workflowService.resetStickyTaskQueue({ namespace, execution });
    const isInHand = last === history?.events?.[0] && pendingWorkflowTask?.state === started;
    // It may have timed out meanwhile, and a server may know no such task: then it is left to its timeout.
    const scheduledEventId = Number(last?.workflowTaskStartedEventAttributes?.scheduledEventId);
    if (isInHand) await giveBackWorkflowTask(client, { namespace, execution, scheduledEventId }).catch(() => undefined);
  }
  const orphans = (pendingActivities ?? []).filter(
    ({ lastWorkerIdentity, state }) =>
      (state === started || state === cancelRequested) && isOurDead(lastWorkerIdentity),
  );
  const woken = await Promise.allSettled(
    orphans.map(({ activityId, state }) => {
      const id = { workflowId: execution.workflowId!, runId: execution.runId!, activityId: activityId! };
      return state === started ? client.activity.fail(id, killed()) : client.activity.reportCancellation(id);
    }),
  );
  return woken.filter((result) => result.status === 'fulfilled').length;
}

function killed(): ApplicationFailure {
  const message = 'the worker that ran this step was killed';
  return ApplicationFailure.create({ type: failureTypes.superseded, message, nextRetryDelay: '1 ms' });
}
