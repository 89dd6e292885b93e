import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type {
  AddTasksUpdateInput,
  AnswerInput,
  ApproveInput,
  By,
  PauseInput,
  RetryTaskInput,
  SendMessageInput,
  SetLimitsInput,
  SkipTaskInput,
  WaitingAnswer,
} from '../contracts/control.ts';
import type { ApproveAnswer } from '../workflows/messages.ts';
import { NoAnswerError, RefusedError, RunClosedError } from './errors.ts';
import type { OpenCalls } from './open-calls.ts';

/**
 * What can be asked of a run that lives. Each is answered once the run has done it or said no.
 *
 * All of them reject with {@link RefusedError}, {@link RunClosedError} or {@link NoAnswerError}.
 */
export interface RunControls {
  /** Nothing more starts; `pausing` while calls in flight still end. */
  pause(input?: PauseInput): Promise<'pausing' | 'paused'>;
  resume(input?: By): Promise<void>;
  /** Gives a task up that has not ended. */
  skip(input: SkipTaskInput): Promise<void>;
  /** Does a task that has ended anew, in place. @returns ids of all that is done anew */
  retry(input: RetryTaskInput): Promise<string[]>;
  setLimits(input: SetLimitsInput): Promise<void>;
  /** @returns the message's id */
  sendMessage(input: SendMessageInput): Promise<string>;
  approve(input: ApproveInput): Promise<ApproveAnswer>;
  answer(input: AnswerInput): Promise<void>;
  /** @returns ids of what was added */
  addTasks(input: AddTasksUpdateInput): Promise<string[]>;
  /** What waits for somebody, oldest first, as the run itself says. */
  waiting(): Promise<WaitingAnswer>;
}

/** How long a run may take to answer. An update is a workflow task, at most a few seconds behind a local activity. */
const answerWithinMs = 20_000;

/** Controls of the newest execution of a run, whatever it continued as. */
export function createRunControls(
  { client, calls, limitMs = answerWithinMs }: { client: Client; calls: OpenCalls; limitMs?: number },
  run: { runId: string; temporalRunId: string },
): RunControls {
  const handle = client.workflow.getHandle(run.runId, undefined, { firstExecutionRunId: run.temporalRunId });
  const ask = async <Result>(work: (handle: WorkflowHandle) => Promise<Result>): Promise<Result> => {
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await calls.track(() => work(handle), limit);
    } catch (error) {
      throw toControlError(error, { runId: run.runId, limitMs, isLate: limit.aborted });
    }
  };
  const update = <Result>(name: string, input: object): Promise<Result> =>
    ask((asked) => asked.executeUpdate<Result, [object]>(name, { args: [input] }));
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
    waiting: () => ask((asked) => asked.query<WaitingAnswer>('waiting')),
  };
}

/** What a failed request means to whoever made it. */
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
  return isLate || isPatienceOver ? new NoAnswerError(runId, limitMs, { cause: error }) : error;
}

// An update that comes while the plan is still being checked finds nobody to take it.
function inWords(message: string): string {
  return message.startsWith('No registered handler')
    ? 'the run has only just begun, or comes from a version that cannot do this: try again in a moment'
    : message;
}
