import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import type { LaunchInfo } from '../domain/launch.ts';

/** A run that Temporal has and that no worker has opened in the store: whoever started it may have died in that moment. */
export interface UnopenedRun {
  runId: string;
  /** For which worker it was started; null: for any. */
  launch: LaunchInfo | null;
  workspace: string;
  /** ISO 8601. */
  startedAt: string;
}

/** What Temporal tells of the start of a run that goes on; null: there is none. */
export async function findUnopened(client: Client, runId: string): Promise<UnopenedRun | null> {
  const handle = client.workflow.getHandle(runId);
  const found = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (found?.type !== 'orchestrate' || found.status.name !== 'RUNNING') return null;
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload ? defaultPayloadConverter.fromPayload<OrchestrateInput | null>(payload) : null;
  const workspace = found.memo?.['workspace'];
  return {
    runId,
    launch: input?.launch ?? null,
    workspace: typeof workspace === 'string' ? workspace : '',
    startedAt: found.startTime.toISOString(),
  };
}
