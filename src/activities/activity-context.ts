import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { Holder } from '../store/journal.ts';

// Well inside the heartbeat timeout, so that a busy moment is not taken for a dead worker.
const heartbeatMs = 1000;

/**
 * Sends a heartbeat now and every second until the work is over: that is how a cancel reaches it and a dead worker shows.
 *
 * @throws CancelledFailure when the activity was cancelled, whatever the interrupted work threw
 */
export async function withHeartbeat<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), heartbeatMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    if (!context.cancellationSignal.aborted) throw error;
    throw error instanceof CancelledFailure ? error : new CancelledFailure('CANCELLED', [], error as Error);
  } finally {
    clearInterval(timer);
  }
}

/** Whether the work was stopped because somebody wants it stopped, and not because this worker shuts down or was too late. */
export function isCancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested ?? false;
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
