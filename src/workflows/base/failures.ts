import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { failureTypes } from '../../domain/run/failure-types.ts';

/** The failure at the bottom of what an activity or a child workflow threw, in words for people. */
export function describeFailure(error: unknown): { type: string; message: string; details: unknown[] } {
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { type: cause.type ?? 'Error', message: cause.message, details: cause.details ?? [] };
  }
  if (cause instanceof TimeoutFailure) {
    const message = `no answer in time (${cause.timeoutType ?? 'timeout'}): ${cause.message}`;
    return { type: failureTypes.taskTimeout, message, details: [] };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { type: cause instanceof Error ? cause.name : 'Error', message, details: [] };
}

/** A failure that only a workflow may throw: anything else would keep the run in a task failure loop. */
export function finalFailure(type: string, message: string, details: unknown[] = []): ApplicationFailure {
  return ApplicationFailure.create({ type, message, details, nonRetryable: true });
}

/** An update that is refused, in words for whoever sent it. */
export function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'Refused', message, nonRetryable: true });
}
