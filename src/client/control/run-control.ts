import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { RunUpdates } from '../../contracts/control.ts';
import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { NoAnswerError, RefusedError, RunClosedError } from '../errors.ts';
import type { TemporalConnection } from '../connection/temporal-connection.ts';
import { updateIdOf, type Once } from '../connection/once.ts';
import { inLine } from './update-line.ts';

type Update = keyof RunUpdates;
type Input<Name extends Update> = RunUpdates[Name]['input'];
type Answer<Name extends Update> = RunUpdates[Name]['answer'];

/** Asks a run that lives. All reject with {@link RefusedError}, {@link RunClosedError} or {@link NoAnswerError}. */
export interface RunQuestions {
  update<Name extends Update>(name: Name, input: Input<Name>): Promise<Answer<Name>>;
  /** What came of an update that an earlier attempt of the same request asked for; null: it did not come so far. */
  earlier<Name extends Update>(name: Name, input: Input<Name>): Promise<{ answer: Answer<Name> } | null>;
  /** What waits for somebody, oldest first, as the run itself says. */
  waiting(): Promise<WaitingAnswer>;
}

/** How long a run may take to answer. An update is a workflow task, at most a few seconds behind a local activity. */
const answerWithinMs = 20_000;
/** DEADLINE_EXCEEDED, and FAILED_PRECONDITION: nobody took a question, or whoever did could not go through the run's history. */
const unanswered: readonly number[] = [4, 9];
/** How often a run is asked that has only just begun. */
const askAgainMs = 100;

/** Questions to the newest execution of a run, whatever it continued as. */
export function createQuestions(
  { client, calls }: Pick<TemporalConnection, 'client' | 'calls'>,
  run: { runId: string; temporalRunId: string },
  once?: Once,
): RunQuestions {
  const handle = client.workflow.getHandle(run.runId, undefined, { firstExecutionRunId: run.temporalRunId });
  const ask = async <Result>(
    work: (handle: WorkflowHandle, limit: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const limit = AbortSignal.timeout(answerWithinMs);
    try {
      return await calls.track(() => work(handle, limit), limit);
    } catch (error) {
      throw toControlError(error, { runId: run.runId, limitMs: answerWithinMs, isLate: limit.aborted });
    }
  };
  return {
    update: (name, input) =>
      inLine(client, run.runId, () => {
        const updateId = updateIdOf(once, name, input);
        const what = { name, input, ...(updateId !== undefined && { updateId }) };
        return ask((asked, limit) => updateOnceHeard(asked, what, limit));
      }),
    earlier: (name, input) => ask((asked) => outcomeOf(asked, updateIdOf(once, name, input))),
    waiting: () => ask((asked, limit) => queryOnceOpen<WaitingAnswer>(asked, 'waiting', limit)),
  };
}

/** What Temporal says of an update that was on its way when the run went on as new: nobody saw it, and the next execution takes it. */
const unheard = 'UnprocessedUpdate';

/**
 * Whether nobody saw an update, so that it can be sent again: by the run's own word, or as the server dropped it because the step that it was
 * to go with failed, which it has a step do that would end an execution while something new is there. One that was accepted is never dropped so.
 *
 * @internal
 */
export function isUnheard(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError)
    return error.cause instanceof ApplicationFailure && error.cause.type === unheard;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && cause.code === failedPrecondition && cause.details.includes('task failure');
}

/** gRPC's number. */
const failedPrecondition = 9;

async function updateOnceHeard<Name extends Update>(
  handle: WorkflowHandle,
  { name, input, ...named }: { name: Name; input: Input<Name>; updateId?: string },
  limit: AbortSignal,
): Promise<Answer<Name>> {
  for (;;) {
    try {
      return await handle.executeUpdate<Answer<Name>, [Input<Name>]>(name, { args: [input], ...named });
    } catch (error) {
      if (!isUnheard(error) || limit.aborted) throw error;
    }
    await delay(askAgainMs);
  }
}

async function outcomeOf<Result>(
  handle: WorkflowHandle,
  updateId: string | undefined,
): Promise<{ answer: Result } | null> {
  if (updateId === undefined) return null;
  try {
    return { answer: await handle.getUpdateHandle<Result>(updateId).result() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** An update waits by itself for a run that is still checking its plan; a query has to be asked again. */
async function queryOnceOpen<Result>(handle: WorkflowHandle, name: string, limit: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await handle.query<Result>(name);
    } catch (error) {
      if (!(error instanceof QueryNotRegisteredError) || limit.aborted) throw error;
    }
    await delay(askAgainMs);
  }
}

/**
 * What a failed request means to whoever made it.
 *
 * @internal
 */
export function toControlError(
  error: unknown,
  { runId, limitMs, isLate }: { runId: string; limitMs: number; isLate: boolean },
): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined;
    return new RefusedError(inWords(cause?.message ?? error.message), { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) return new RunClosedError(runId, { cause: error });
  const isPatienceOver = error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
  const cause = error instanceof ServiceError ? error.cause : error;
  const isUnanswered = isGrpcServiceError(cause) && unanswered.includes(cause.code);
  return isLate || isPatienceOver || isUnanswered ? new NoAnswerError(runId, limitMs, { cause: error }) : error;
}

// An update that comes while the plan is still being checked finds nobody to take it.
function inWords(message: string): string {
  return message.startsWith('No registered handler')
    ? 'the run has only just begun, or comes from a version that cannot do this: try again in a moment'
    : message;
}
