import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';

const notFound = 5;

/**
 * Has Temporal delete what it keeps of a run, its tasks included. It does so within about a minute; until then the id is taken.
 *
 * A run that Temporal has forgotten already is no error.
 */
export async function removeHistory(client: Client, namespace: string, runId: string): Promise<void> {
  const query = `RootWorkflowId = '${runId.replaceAll("'", "''")}'`;
  for await (const { workflowId, runId: temporalRunId } of client.workflow.list({ query })) {
    const workflowExecution = { workflowId, runId: temporalRunId };
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }).catch(unlessMissing);
  }
}

function unlessMissing(error: unknown): void {
  if (!isGrpcServiceError(error) || (error.code as number) !== notFound) throw error;
}
