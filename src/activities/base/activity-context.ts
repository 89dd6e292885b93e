import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { slowStepMs } from '../../domain/run/standstill.ts';
import type { Heartbeat } from '../../contracts/activities.ts';
import type { Holder } from '../../store/journal/entry.ts';

// Well inside the heartbeat timeout, so that a busy moment is not taken for a dead worker.
const heartbeatMs = 1000;

/**
 * Sends a heartbeat every second until the work is over: that is how a cancel reaches it and a dead worker shows.
 *
 * Each one is a write of the server, so work that is over within a second sends none.
 *
 * @throws CancelledFailure when the activity was cancelled, whatever the interrupted work threw
 */
export async function withHeartbeat<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(hindranceOf(context)), heartbeatMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    if (!context.cancellationSignal.aborted) throw error;
    throw error instanceof CancelledFailure ? error : new CancelledFailure('CANCELLED', [], error as Error);
  } finally {
    clearInterval(timer);
  }
}

const hindrances = new WeakMap<Context, Set<Heartbeat>>();

/** Lets this step's heartbeats tell what it waits for, until that is over: it shows as the reason why a run stands still. */
export function tellHindrance(text: string): { isOver(): void } {
  const context = Context.current();
  const open = hindrances.get(context) ?? new Set();
  const one: Heartbeat = { hindrance: text };
  hindrances.set(context, open.add(one));
  return { isOver: () => void open.delete(one) };
}

function hindranceOf(context: Context): Heartbeat | undefined {
  return [...(hindrances.get(context) ?? [])].at(-1);
}

// A step that comes later than this may have waited for a worker while somebody cancelled its run.
const lateMs = 500;
const longestWaitMs = 10_000;

/**
 * Lets a cancel of the run overtake a step that was lost with its worker or waited for one: no call is paid for after a cancel.
 *
 * The next worker gets such a step and the workflow's own news side by side, so the step asks Temporal and waits for the cancel.
 *
 * @throws CancelledFailure when it has come
 */
export async function letCancelGoFirst(workflowId: string): Promise<void> {
  const context = Context.current();
  const { attempt, currentAttemptScheduledTimestampMs: scheduledAt } = context.info;
  const isLate = attempt > 1 || Date.now() - scheduledAt > lateMs;
  if (isLate && (await isBeingCancelled(context, workflowId))) await awaitCancel(workflowId);
}

/** Waits for a cancel that is known to be under way to this step. @throws CancelledFailure when it has come */
export async function awaitCancel(workflowId: string): Promise<never> {
  Context.current().heartbeat();
  await withHeartbeat(() => Context.current().sleep(longestWaitMs));
  throw ApplicationFailure.retryable(`run ${workflowId} is being cancelled`, failureTypes.superseded);
}

async function isBeingCancelled({ client }: Context, workflowId: string): Promise<boolean> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExtendedInfo?.cancelRequested ?? false;
  } catch {
    // Whoever may not ask goes on as if nobody had cancelled.
    return false;
  }
}

/** Whether the work was stopped because somebody wants it stopped, and not because this worker shuts down or was too late. */
export function isCancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested ?? false;
}

/** Whether this step has taken long from the moment on that it was asked for: the machine has too much to do, or stood still. */
export function isSlow(): boolean {
  return Date.now() - Context.current().info.currentAttemptScheduledTimestampMs > slowStepMs;
}

/** Who holds a journal row while this activity runs. */
export function toHolder(worker: { host: string }): Holder {
  const { info } = Context.current();
  return {
    token: randomUUID(),
    host: worker.host,
    pid: process.pid,
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    activityId: info.activityId,
  };
}
