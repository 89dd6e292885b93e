import type { Client } from '@temporalio/client';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Store } from '../../store/store.ts';
import { RunCutOffError, RunRefusedError } from '../errors.ts';

type Run = { runId: string; runKey: string; temporalRunId: string };

/** States of a workflow that is over. */
const closedStates: readonly string[] = ['completed', 'failed', 'cancelled', 'terminated', 'timed_out'];
/** Longest text of somebody else that goes into a message of ours. */
const mostDetail = 200;

/** What the store keeps as the result of a run; null: nothing yet. */
export async function resultOf(store: Store, runId: string, runKey: string): Promise<RunResult | null> {
  const row = await store.runs.find(runId);
  return row?.runKey === runKey ? row.result : null;
}

/** The result in the failure of a run's workflow; null: it has none. */
export function resultIn(error: unknown): RunResult | null {
  const details = (causeOf(error) as { details?: unknown[] } | undefined)?.details;
  const result = details?.[0] as RunResult | undefined;
  return result && typeof result === 'object' && 'summary' in result ? result : null;
}

/** The result in the failure of a run's workflow. @throws RunRefusedError when there is none */
export function toResult(error: unknown): RunResult {
  const result = resultIn(error);
  if (result) return result;
  const cause = causeOf(error);
  if (cause && isA(cause, 'ApplicationFailure')) throw new RunRefusedError(cause.message, { cause: error });
  const message = cause?.message ?? (error as Error).message;
  const text = isA(cause, 'TerminatedFailure') ? `it was terminated in Temporal: ${message}` : message;
  throw new RunRefusedError(text, { cause: error });
}

/**
 * Why no result of a run is ever to come, as Temporal has closed it; null: it goes on, has one, or never began.
 *
 * A run stores its result before it closes, so it is Temporal that is asked first.
 */
export async function findCutOff(
  { client, store, namespace }: { client: Client; store: Store; namespace: string },
  run: Run,
): Promise<RunCutOffError | null> {
  const status = await closedAs(client, run);
  if (status === null) return null;
  const row = await store.runs.find(run.runId);
  if (row?.runKey !== run.runKey || row.result) return null;
  const detail = status === 'gone' ? `namespace ${namespace}` : await lastWords(client, namespace, run.runId);
  return new RunCutOffError(run.runId, status, detail);
}

async function closedAs(client: Client, { runId, temporalRunId }: Run): Promise<string | null> {
  try {
    const { status, raw } = await client.workflow.getHandle(runId).describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId;
    // Somebody else has the id by now.
    if (firstRunId && firstRunId !== temporalRunId) return 'gone';
    const name = status.name.toLowerCase();
    return closedStates.includes(name) ? name : null;
  } catch (error) {
    if (isA(error, 'WorkflowNotFoundError')) return 'gone';
    throw error;
  }
}

/** The reason of whoever terminated a run, or the message with which it failed; on one line, empty: none. */
async function lastWords(client: Client, namespace: string, workflowId: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  });
  const last = history?.events?.[0];
  const { reason } = last?.workflowExecutionTerminatedEventAttributes ?? {};
  const failure = last?.workflowExecutionFailedEventAttributes?.failure;
  // What is stored is read without the SDK's own modules.
  const open = failure && (await import('../connection/open-payloads.ts')).openFailure;
  const { message } = open ? await open(client, failure) : {};
  const text = (reason ?? message ?? '').replace(/\s+/g, ' ').trim();
  return text.length > mostDetail ? `${text.slice(0, mostDetail)}…` : text;
}

function causeOf(error: unknown): Error | undefined {
  return isA(error, 'WorkflowFailedError') ? ((error as Error).cause as Error | undefined) : undefined;
}

// By its name: whoever only reads what is stored does without the SDK, which takes long to load.
function isA(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
