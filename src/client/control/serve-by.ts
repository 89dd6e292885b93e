import { isGrpcServiceError } from '@temporalio/client';
import { type RunPriority, toPriorityKey } from '../../domain/run-priority.ts';
import type { TemporalConnection } from '../connection/temporal-connection.ts';

/** NOT_FOUND: it has ended meanwhile. */
const notFound = 5;

/** Has Temporal serve workflows by that priority: what waits in a queue already, and what they start from now on. One that has ended is left out. */
export async function serveBy(
  { client, target }: Pick<TemporalConnection, 'client' | 'target'>,
  workflowIds: readonly string[],
  priority: RunPriority,
): Promise<void> {
  for (const workflowId of workflowIds) {
    try {
      await client.workflowService.updateWorkflowExecutionOptions({
        namespace: target.namespace,
        workflowExecution: { workflowId },
        workflowExecutionOptions: { priority: { priorityKey: toPriorityKey(priority) } },
        updateMask: { paths: ['priority.priority_key'] },
      });
    } catch (error) {
      if (!isGrpcServiceError(error) || error.code !== notFound) throw error;
    }
  }
}
