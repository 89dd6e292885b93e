import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import { dataConverterOf } from '../../host/payloads/data-converter.ts';
import { isNestedIn } from '../../domain/ids/child-id.ts';
import { openStates } from '../../activities/base/refuse-orphans.ts';
import { lookEachMinute } from './look-each-minute.ts';

/**
 * Cancels tasks whose run was ended from outside, now and then every minute: those that wait for somebody would wait for ever.
 *
 * Tasks outlive the execution that started them, so that a long run can go on as new; a terminated run cannot tell them that it is over.
 * One that goes on by itself is refused its next step (`activities/base/refuse-orphans.ts`).
 */
export function startOrphanWatch(
  connection: NativeConnection,
  temporal: TemporalTarget,
  taskQueue: string,
): { stop(): Promise<void> } {
  const client = new Client({ connection, namespace: temporal.namespace, ...dataConverterOf(temporal) });
  return lookEachMinute(connection, {
    look: () => cancelOrphans(client, taskQueue),
    whenFailed: 'tasks of terminated runs could not be looked for',
  });
}

async function cancelOrphans(client: Client, taskQueue: string): Promise<void> {
  const query = `WorkflowType IN ('agentTask', 'orchestrate') AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const known = new Map<string, Promise<boolean>>();
  const isOpen = (workflowId: string): Promise<boolean> => {
    const state = known.get(workflowId) ?? isWorkflowOpen(client, workflowId);
    known.set(workflowId, state);
    return state;
  };
  for await (const { workflowId, runId, type, parentExecution } of client.workflow.list({ query })) {
    const run = parentExecution?.workflowId;
    // A run that somebody's own workflow started is none of ours.
    if (type === 'orchestrate' && !isNestedIn(workflowId, run ?? '')) continue;
    // Whoever undoes a run does so after its end.
    if (!run || (await isOpen(run)) || (await isOpen(`${run}/rollback`))) continue;
    // It may have ended meanwhile.
    await client.workflow
      .getHandle(workflowId, runId)
      .cancel()
      .catch(() => undefined);
  }
}

async function isWorkflowOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return openStates.includes(status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
