import type { Client } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { RunEvent } from '../domain/run-events.ts';
import type { RunResult } from '../domain/run-result.ts';
import type { Store } from '../store/store.ts';
import { RunClosedError, RunRefusedError } from './errors.ts';
import type { OpenCalls } from './open-calls.ts';
import { removeHistory } from './remove-history.ts';
import type { RunControls } from './run-control.ts';
import { createRunControls } from './run-control.ts';
import { describeStuck } from './stuck.ts';

/** One run, followed from outside. */
export interface RunHandle extends RunControls {
  readonly runId: string;
  readonly runKey: string;
  /** Path of the run's page below the Web UI's address. */
  readonly webPath: string;
  /** The run's story from event `after` + 1 on, live until its last event or until the signal aborts. */
  events(after: number, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** The result, whatever the end was. @throws RunRefusedError when the run never began */
  result(): Promise<RunResult>;
  /** Waits until Temporal has closed the run, too, which takes a worker a moment after the result is there; at most `withinMs`. */
  closed(withinMs: number): Promise<void>;
  /** Stops the run: calls in flight are aborted, nothing more starts, what is registered is undone. @throws RunClosedError */
  cancel(): Promise<void>;
  /** Removes a run that has ended for good: what Temporal keeps of it (within a minute), then all its rows. */
  remove(): Promise<void>;
  /** What Temporal says of it, and why it stands still if it does. */
  describe(): Promise<{ status: string; stuck: string | null }>;
}

// How often we look whether the run has been opened in the store: the time between start and `preparePlan`.
const openPollMs = 50;

/** A handle of a run that Temporal knows. */
export function createRunHandle(
  { client, calls, store, namespace }: { client: Client; calls: OpenCalls; store: Store; namespace: string },
  run: { runId: string; runKey: string; temporalRunId: string },
): RunHandle {
  // The newest execution of the chain: a big run continues as a new one.
  const handle = client.workflow.getHandle(run.runId, undefined, { firstExecutionRunId: run.temporalRunId });
  const ended = (): Promise<unknown> => calls.track(() => handle.result());
  const stored = (): Promise<RunResult | null> => resultOf(store, run.runId, run.runKey);
  // A cancelled workflow carries no result of its own; the store has it before the workflow closes.
  const result = async (): Promise<RunResult> =>
    (await stored()) ??
    ended().then(
      // What a workflow returns is shortened for its history.
      async (value) => (await stored()) ?? (value as RunResult),
      async (error: unknown) => (await stored()) ?? toResult(error),
    );
  return {
    ...createRunControls({ client, calls }, run),
    runId: run.runId,
    runKey: run.runKey,
    webPath: `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(run.runId)}/${run.temporalRunId}`,
    async *events(after, signal) {
      await untilOpen(store, run.runId, run.runKey, ended(), signal);
      if (!signal.aborted) yield* store.events.follow(run.runKey, after, signal);
    },
    result,
    async closed(withinMs) {
      await calls.track(() => handle.result(), AbortSignal.timeout(withinMs)).catch(() => undefined);
    },
    async cancel() {
      await calls
        .track(() => handle.cancel())
        .catch((error: unknown) => {
          throw error instanceof WorkflowNotFoundError ? new RunClosedError(run.runId, { cause: error }) : error;
        });
    },
    describe: () => calls.track(() => describeStuck(client, namespace, run)),
    async remove() {
      await calls.track(() => removeHistory(client, namespace, run.runId));
      await store.runs.remove(run.runKey);
    },
  };
}

/** What the store keeps as the result of a run; null: nothing yet. */
export async function resultOf(store: Store, runId: string, runKey: string): Promise<RunResult | null> {
  const row = await store.runs.find(runId);
  return row?.runKey === runKey ? row.result : null;
}

/** The result in the failure of a run's workflow. @throws RunRefusedError when there is none */
export function toResult(error: unknown): RunResult {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  const details = (cause as { details?: unknown[] } | undefined)?.details;
  const result = details?.[0] as RunResult | undefined;
  if (result && typeof result === 'object' && 'summary' in result) return result;
  if (cause instanceof ApplicationFailure) throw new RunRefusedError(cause.message, { cause: error });
  throw new RunRefusedError(cause?.message ?? (error as Error).message, { cause: error });
}

async function untilOpen(
  store: Store,
  runId: string,
  runKey: string,
  ended: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!signal.aborted) {
    const wasOver = isOver;
    if ((await store.runs.find(runId))?.runKey === runKey) return;
    // Over and still not there: it never began. The result says why.
    if (wasOver) await ended.catch(toResult);
    await new Promise((resolve) => setTimeout(resolve, openPollMs));
  }
}
