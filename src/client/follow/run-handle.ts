import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Store } from '../../store/store.ts';
import { CutOffWatch } from './cut-off-watch.ts';
import { checkEditedCall } from '../control/edited-call.ts';
import { findCutOff, resultIn, resultOf, toResult } from './ending.ts';
import type { RunCutOffError } from '../errors.ts';
import { RunClosedError } from '../errors.ts';
import type { OpenCalls } from '../open-calls.ts';
import { removeHistory } from '../control/remove-history.ts';
import type { RunControls } from '../control/run-control.ts';
import { createRunControls } from '../control/run-control.ts';
import { describeStuck } from './stuck.ts';

/** One run, followed from outside. */
export interface RunHandle extends RunControls {
  readonly runId: string;
  readonly runKey: string;
  /** Path of the run's page below the Web UI's address. */
  readonly webPath: string;
  /**
   * The run's story from event `after` + 1 on, live until its last event or until the signal aborts.
   *
   * @throws RunRefusedError when the run never began; RunCutOffError some seconds after Temporal closed it without a result
   */
  events(after: number, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** The result, whatever the end was. @throws RunRefusedError when the run never began; RunCutOffError when it cannot come */
  result(): Promise<RunResult>;
  /** Waits until Temporal has closed the run, too, which takes a worker a moment after the result is there; at most `withinMs`. */
  closed(withinMs: number): Promise<void>;
  /** Stops the run: calls in flight are aborted, nothing more starts, what is registered is undone. @throws RunClosedError */
  cancel(): Promise<void>;
  /** Removes a run that has ended for good: what Temporal keeps of it (within a minute), then all its rows. */
  remove(): Promise<void>;
  /** Why its result can never come: it was terminated, for one. null: it goes on, has ended by itself, or never began. */
  cutOff(): Promise<RunCutOffError | null>;
  /** What Temporal says of it (`gone`: nothing any more), and why it stands still, or was cut off, if it is so. */
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
      async (error: unknown) => (await stored()) ?? resultIn(error) ?? (await cutOffOr(error)),
    );
  const cutOff = (): Promise<RunCutOffError | null> => calls.track(() => findCutOff({ client, store, namespace }, run));
  const cutOffOr = async (error: unknown): Promise<RunResult> => {
    const found = await cutOff().catch(() => null);
    if (found) throw found;
    return toResult(error);
  };
  const controls = createRunControls({ client, calls }, run);
  return {
    ...controls,
    async approve(input) {
      await checkEditedCall(store, run, input);
      return controls.approve(input);
    },
    runId: run.runId,
    runKey: run.runKey,
    webPath: `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(run.runId)}/${run.temporalRunId}`,
    async *events(after, signal) {
      const end = ended();
      await untilOpen(store, run.runId, run.runKey, end, signal);
      if (signal.aborted) return;
      const watch = new CutOffWatch({ cutOff, ended, end, signal });
      try {
        yield* store.events.follow(run.runKey, after, watch.signal);
        if (watch.found) throw watch.found;
      } finally {
        watch.stop();
      }
    },
    result,
    cutOff,
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
    async describe() {
      const told = await calls.track(() => describeStuck(client, namespace, run));
      return told.status === 'running' ? told : { ...told, stuck: told.stuck ?? (await cutOff())?.message ?? null };
    },
    async remove() {
      await calls.track(() => removeHistory(client, namespace, run.runId));
      await store.runs.remove(run.runKey);
    },
  };
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
