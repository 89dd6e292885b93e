import { ApplicationFailure } from '@temporalio/common';
import type { FailureType, UnavailableDetail } from '../../domain/run/failure-types.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { longWaitMs, longWaitText, toLongWait } from '../../domain/run/long-wait.ts';
import { GateClosed } from '../../calls/pass-gate.ts';
import { WorktreeError } from '../../worktrees/worktree-error.ts';
import { ModelError } from '../../models/model.ts';

/** A failure that ends the step at once. */
export function finalFailure(type: FailureType, message: string, details: unknown[] = []): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

/** The one place where errors become failures of Temporal. What we don't know passes through and is retried, bounded. */
export function toFailure(error: unknown): unknown {
  if (isDataError(error)) return finalFailure(failureTypes.dataRejected, `the database refuses this: ${error.message}`);
  if (error instanceof GateClosed) return rateLimited(error);
  // It will be so with the next try, too; a person reads why.
  if (error instanceof WorktreeError) return finalFailure(failureTypes.invalidInput, error.message);
  if (!(error instanceof ModelError)) return error;
  if (error.isPassing) {
    if (isLongWait(error)) return longWait(error.message, error.retryAfterMs!);
    const isRateLimit = error.kind === 'rate-limited' || error.kind === 'overloaded';
    return unavailable({ message: error.message, isRateLimit, afterMs: error.retryAfterMs, cause: error });
  }
  const type = error.isTerminal
    ? failureTypes.modelRejected
    : error.kind === 'refused'
      ? failureTypes.modelRefused
      : failureTypes.modelBadRequest;
  return ApplicationFailure.create({ type, message: error.message, nonRetryable: true });
}

/** Whether PostgreSQL cannot take a value, or cannot do a statement with it: class 22, and a row that two values are for. */
function isDataError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^(?:22...|21000)$/.test(error.code);
}

/** Whether a value can be written nowhere, however often it is tried: the database refuses it, or it cannot even be made into JSON. */
export function isUnkeepable(error: unknown): boolean {
  return isDataError(error) || error instanceof RangeError || error instanceof TypeError;
}

/** Whether a provider asks to be left alone for so long that the step ends, and the task waits. */
export function isLongWait(error: unknown): boolean {
  return error instanceof ModelError && error.isPassing && (error.retryAfterMs ?? 0) > longWaitMs;
}

/** The task waits, and somebody is told until when. */
function longWait(reason: string, waitMs: number): ApplicationFailure {
  const wait = toLongWait(waitMs, Date.now());
  const detail: UnavailableDetail = { isRateLimit: true, wait };
  return finalFailure(failureTypes.modelUnavailable, `${reason}: ${longWaitText(wait)}`, [detail]);
}

// Retried when the call's turn comes; where that is long, the task waits.
function rateLimited({ model, waitMs, isLong, message }: GateClosed): ApplicationFailure {
  if (isLong) return longWait(`${model} is left alone, as its provider has said`, waitMs);
  return unavailable({ message, isRateLimit: true, afterMs: waitMs });
}

/** @param afterMs when it is to be tried again; null: as Temporal does */
function unavailable({
  message,
  isRateLimit,
  afterMs,
  cause,
}: UnavailableDetail & { message: string; afterMs: number | null; cause?: Error }): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.modelUnavailable,
    message,
    details: [{ isRateLimit } satisfies UnavailableDetail],
    ...(cause && { cause }),
    // The server takes a delay of nothing for one that is over (RETRY_STATE_TIMEOUT), and tries no more.
    ...(afterMs !== null && { nextRetryDelay: Math.max(1, afterMs) }),
  });
}

/** This attempt came too late: the row of its step belongs to another one, whose result the next attempt will find. */
export function superseded(key: string): ApplicationFailure {
  return ApplicationFailure.retryable(`another attempt took over ${key}; its result counts`, failureTypes.superseded);
}
