import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { toRunKey } from '../../domain/ids/journal-key.ts';
import { openPayload } from '../connection/open-payloads.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';

/** A run that Temporal has and that no worker has opened in the store: whoever started it may have died in that moment. */
export interface UnopenedRun {
  runId: string;
  /** For which worker it was started; null: for any. */
  launch: LaunchInfo | null;
  workspace: string;
  /** ISO 8601. */
  startedAt: string;
}

/** Which execution a run is that Temporal has and that goes on, whether the store knows it or not; null: there is none. */
export async function findStarted(client: Client, runId: string) {
  const temporalRunId = (await describeRun(client, runId))?.raw.workflowExecutionInfo?.firstRunId;
  return temporalRunId ? { runId, temporalRunId, runKey: toRunKey(runId, temporalRunId) } : null;
}

/** What Temporal tells of the start of a run that goes on; null: there is none. */
export async function findUnopened(client: Client, runId: string): Promise<UnopenedRun | null> {
  const found = await describeRun(client, runId);
  if (!found) return null;
  const { events } = await client.workflow.getHandle(runId).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = await openPayload<OrchestrateInput | null>(client, payload);
  const workspace = found.memo?.['workspace'];
  return {
    runId,
    launch: input?.launch ?? null,
    workspace: typeof workspace === 'string' ? workspace : '',
    startedAt: found.startTime.toISOString(),
  };
}

async function describeRun(client: Client, runId: string): Promise<WorkflowExecutionDescription | null> {
  const found = await client.workflow
    .getHandle(runId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  return found?.type === 'orchestrate' && found.status.name === 'RUNNING' ? found : null;
}
