import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
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
import type { OpenCalls } from '../open-calls.ts';

/**
 * What can be asked of a run that lives. Each is answered once the run has done it or said no.
 *
 * All of them reject with {@link RefusedError}, {@link RunClosedError} or {@link NoAnswerError}.
 */
export interface RunControls {
  /** Nothing more starts; `pausing` while calls in flight still end. */
  pause(input?: Input<'pause'>): Promise<Answer<'pause'>>;
  resume(input?: Input<'resume'>): Promise<Answer<'resume'>>;
  /** Gives a task up that has not ended. */
  skip: Ask<'skipTask'>;
  /** Does a task that has ended anew, in place. @returns ids of all that is done anew */
  retry: Ask<'retryTask'>;
  setLimits: Ask<'setLimits'>;
  /** @returns the message's id */
  sendMessage: Ask<'sendMessage'>;
  approve: Ask<'approve'>;
  answer: Ask<'answer'>;
  /** @returns ids of what was added */
  addTasks: Ask<'addTasks'>;
  /** What waits for somebody, oldest first, as the run itself says. */
  waiting(): Promise<WaitingAnswer>;
}

type Update = keyof RunUpdates;
type Input<Name extends Update> = RunUpdates[Name]['input'];
type Answer<Name extends Update> = RunUpdates[Name]['answer'];
type Ask<Name extends Update> = (input: Input<Name>) => Promise<Answer<Name>>;

/** How long a run may take to answer. An update is a workflow task, at most a few seconds behind a local activity. */
const answerWithinMs = 20_000;
/** DEADLINE_EXCEEDED, and FAILED_PRECONDITION: nobody took a question, or whoever did could not go through the run's history. */
const unanswered: readonly number[] = [4, 9];
/** How often a run is asked that has only just begun. */
const askAgainMs = 100;

/** Controls of the newest execution of a run, whatever it continued as. */
export function createRunControls(
  { client, calls, limitMs = answerWithinMs }: { client: Client; calls: OpenCalls; limitMs?: number },
  run: { runId: string; temporalRunId: string },
): RunControls {
  const handle = client.workflow.getHandle(run.runId, undefined, { firstExecutionRunId: run.temporalRunId });
  const ask = async <Result>(
    work: (handle: WorkflowHandle, limit: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await calls.track(() => work(handle, limit), limit);
    } catch (error) {
      throw toControlError(error, { runId: run.runId, limitMs, isLate: limit.aborted });
    }
  };
  const update = <Name extends Update>(name: Name, input: Input<Name>): Promise<Answer<Name>> =>
    ask((asked) => asked.executeUpdate<Answer<Name>, [Input<Name>]>(name, { args: [input] }));
  return {
    pause: (input = {}) => update('pause', input),
    resume: (input = {}) => update('resume', input),
    skip: (input) => update('skipTask', input),
    retry: (input) => update('retryTask', input),
    setLimits: (input) => update('setLimits', input),
    sendMessage: (input) => update('sendMessage', input),
    approve: (input) => update('approve', input),
    answer: (input) => update('answer', input),
    addTasks: (input) => update('addTasks', input),
    waiting: () => ask((asked, limit) => queryOnceOpen<WaitingAnswer>(asked, 'waiting', limit)),
  };
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
