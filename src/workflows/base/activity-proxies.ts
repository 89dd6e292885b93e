import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities, PreparePlanInput } from '../../contracts/activities.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import type { FinishRunInput, RecordProgressInput, RecordProgressResult } from '../../contracts/progress.ts';
import type {
  AddCallsInput,
  AddCallsResult,
  ReadAnswersInput,
  ReadAnswersResult,
  ReadScriptInput,
  ReadScriptResult,
} from '../../contracts/script.ts';
import type { ReadOutputInput, TaskOutput } from '../../contracts/task-output.ts';
import { toPriorityKey } from '../../domain/run-priority.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { heartbeatTimeout, localStepTimeout } from '../../domain/run/standstill.ts';
import { toSummary } from './cosmetics.ts';

/*
 * Timeouts and retries of every activity, in one place. Attempts are always bounded.
 * A dead worker is found by its lease (src/store/leases/worker-leases.ts); the heartbeat timeout finds what that does not.
 */
const patient = {
  heartbeatTimeout,
  // The longest call of a model takes 10 min. The database may be away for as long before it, or before what is paid can be written down.
  startToCloseTimeout: '30 m',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

/** One turn of an agent. A provider that is down is waited for about two minutes, or as long as it asks. */
export const { callModel } = proxyActivities<Pick<Activities, 'callModel'>>({
  ...patient,
  retry: { initialInterval: '500 ms', maximumInterval: '30 s', maximumAttempts: 10 },
});

/** Many turns of many tasks. What it could not do is given out again, by the workflow, with where each of them stands. */
export const { runSlice } = proxyActivities<Pick<Activities, 'runSlice'>>({
  ...patient,
  retry: { initialInterval: '500 ms', maximumInterval: '30 s', maximumAttempts: 10 },
});

/** A tool that touches the world, on the host that has the workspace. */
export const { callTool, doTool } = proxyActivities<Pick<Activities, 'callTool' | 'doTool'>>({
  ...patient,
  retry: { initialInterval: '500 ms', maximumAttempts: 3 },
});

/** A session of a program that does an agent's task, on the host that has the workspace. It ends when the program does, or its task's time is over. */
export const { runAgent } = proxyActivities<Pick<Activities, 'runAgent'>>({
  ...patient,
  startToCloseTimeout: '7 days',
  retry: { initialInterval: '500 ms', maximumInterval: '30 s', maximumAttempts: 10 },
});

/**
 * Work on our own database that must get through: it waits for a database that is away. It is over in a moment, and goes before calls that
 * wait for a place, whatever the run's priority is: a run of low priority that waited behind all others for it would answer nobody, no cancel either.
 */
const steady = proxyActivities<
  Pick<
    Activities,
    | 'recordProgress'
    | 'readOutput'
    | 'readScript'
    | 'addCalls'
    | 'readAnswers'
    | 'finishRun'
    | 'loadOutline'
    | 'addTasks'
    | 'openRollback'
    | 'findEndedTasks'
    | 'sendBack'
  >
>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '500 ms', maximumInterval: '20 s', maximumAttempts: 200 },
  priority: { priorityKey: toPriorityKey('urgent') },
});

/** Opening a run may take servers of tools that have to be started first. */
const preparing = proxyActivities<Pick<Activities, 'preparePlan'>>({
  startToCloseTimeout: '2 m',
  heartbeatTimeout,
  retry: { initialInterval: '500 ms', maximumInterval: '20 s', maximumAttempts: 200 },
});

/** Undoes one task, and keeps a point to come back to; both on the host that has the workspace. */
export const { compensate, saveCheckpoint } = proxyActivities<Pick<Activities, 'compensate' | 'saveCheckpoint'>>({
  ...patient,
  retry: { initialInterval: '500 ms', maximumInterval: '10 s', maximumAttempts: 5 },
});

/** Git's work on a large repository takes its time; what is wrong with one is no failure that passes. */
export const { openWorkspace, sealWorkspace, standAside } = proxyActivities<
  Pick<Activities, 'openWorkspace' | 'sealWorkspace' | 'standAside'>
>({
  ...patient,
  retry: { initialInterval: '500 ms', maximumInterval: '10 s', maximumAttempts: 10 },
});

const local = proxyLocalActivities<Pick<Activities, Quick>>({
  scheduleToCloseTimeout: localStepTimeout,
  localRetryThreshold: '1 s',
  retry: { initialInterval: '100 ms', maximumAttempts: 2 },
});

/** What a run does once or a few times, in a moment, and what may come twice. */
type Quick = 'recordProgress' | 'preparePlan' | 'readOutput' | 'readScript' | 'addCalls' | 'readAnswers';

/** Reads a run in the store, adds to it, and reopens it. */
export const { loadOutline, addTasks, openRollback, findEndedTasks, sendBack } = steady;

/** Validates and opens the run. */
export function preparePlan(input: PreparePlanInput): Promise<RunOutline> {
  return inside([local.preparePlan, preparing.preparePlan], 'check the plan', input);
}

/** Events and state of the run; `isSlow`: the step before took long, so this one does not hold a workflow task up (Q2). */
export function recordProgress(
  summary: string,
  input: RecordProgressInput,
  isSlow: boolean,
): Promise<RecordProgressResult> {
  if (isSlow) return steady.recordProgress.executeWithOptions({ summary }, [input]);
  return inside([local.recordProgress, steady.recordProgress], summary, input);
}

/** What came out of a task. */
export function readOutput(input: ReadOutputInput): Promise<TaskOutput> {
  return inside([local.readOutput, steady.readOutput], toSummary(`read what came out of ${input.taskId}`), input);
}

/** The source of a script. */
export function readScript(input: ReadScriptInput): Promise<ReadScriptResult> {
  const summary = toSummary(`read ${input.child ?? 'the script'}`);
  return inside([local.readScript, steady.readScript], summary, input);
}

/** Makes calls of a script tasks of the run. */
export function addCalls(input: AddCallsInput): Promise<AddCallsResult> {
  const summary = toSummary(`the script asks ${input.calls.map(({ id }) => id).join(', ')}`);
  return inside([local.addCalls, steady.addCalls], summary, input);
}

/** What a script's tasks answered. */
export function readAnswers(input: ReadAnswersInput): Promise<ReadAnswersResult> {
  const summary = toSummary(`read what ${input.ids.join(', ')} answered`);
  return inside([local.readAnswers, steady.readAnswers], summary, input);
}

/**
 * Writes the run's result. Never inside the workflow task: a server refuses a workflow's end when news came meanwhile, and forgets what
 * was local to it. A run whose result is written must not think again.
 */
export function finishRun(input: FinishRunInput): Promise<RunResult> {
  return steady.finishRun.executeWithOptions({ summary: 'write the result' }, [input]);
}

interface Step<Input, Result> {
  executeWithOptions: (options: { summary: string }, args: [Input]) => Promise<Result>;
}

// Inside the workflow task, which saves an activity and a workflow task; as an ordinary activity when that does not go through.
async function inside<Input, Result>(
  [first, second]: [Step<Input, Result>, Step<Input, Result>],
  summary: string,
  input: Input,
): Promise<Result> {
  try {
    return await first.executeWithOptions({ summary }, [input]);
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return second.executeWithOptions({ summary }, [input]);
  }
}

// A time-out comes as an ActivityFailure at first, and without that wrapping when it is replayed (SDK 1.24): only what both have counts.
function isFinal(error: unknown): boolean {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}
