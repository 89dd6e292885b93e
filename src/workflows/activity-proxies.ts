import {
  ActivityCancellationType,
  ActivityFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities, CallToolInput, CallToolResult, RecordProgressInput } from '../contracts/activities.ts';

/*
 * Timeouts and retries of every activity, in one place. Attempts are always bounded (design section 3).
 * The heartbeat timeout is what finds a dead worker on another host; on the same host the next worker finds it sooner.
 */
const patient = {
  heartbeatTimeout: '5 s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

/** One turn of an agent. A provider that is down is waited for about two minutes, or as long as it asks. */
export const { callModel } = proxyActivities<Pick<Activities, 'callModel'>>({
  ...patient,
  startToCloseTimeout: '15 m',
  retry: { initialInterval: '500 ms', maximumInterval: '30 s', maximumAttempts: 10 },
});

const slow = proxyActivities<Pick<Activities, 'callTool'>>({
  ...patient,
  startToCloseTimeout: '15 m',
  retry: { initialInterval: '500 ms', maximumAttempts: 3 },
});

/** A tool that touches the world, on the host that has the workspace. */
export const callSlowTool = slow.callTool;

/** Work on our own database that must get through: it waits for a database that is away. */
const steady = proxyActivities<Pick<Activities, 'callTool' | 'recordProgress' | 'finishRun' | 'preparePlan'>>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '500 ms', maximumInterval: '20 s', maximumAttempts: 200 },
});

const local = proxyLocalActivities<Pick<Activities, 'callTool' | 'recordProgress'>>({
  scheduleToCloseTimeout: '2 s',
  localRetryThreshold: '1 s',
  retry: { initialInterval: '100 ms', maximumAttempts: 2 },
});

/** Validates and opens the run. */
export const preparePlan = steady.preparePlan;

/** Closes the run in the store. */
export const finishRun = steady.finishRun;

/** A tool whose effect lies in our own database, inside the workflow task; as an ordinary activity when that does not go through. */
export const callQuickTool = (summary: string, input: CallToolInput): Promise<CallToolResult> =>
  quickly(local.callTool, steady.callTool, summary, input);

/** Events and state of the run, as {@link callQuickTool}. */
export const recordProgress = (summary: string, input: RecordProgressInput): Promise<void> =>
  quickly(local.recordProgress, steady.recordProgress, summary, input);

interface Step<Input, Output> {
  executeWithOptions(options: { summary: string }, input: [Input]): Promise<Output>;
}

async function quickly<Input, Output>(
  first: Step<Input, Output>,
  otherwise: Step<Input, Output>,
  summary: string,
  input: Input,
): Promise<Output> {
  try {
    return await first.executeWithOptions({ summary }, [input]);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return otherwise.executeWithOptions({ summary }, [input]);
  }
}
