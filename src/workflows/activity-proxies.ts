import {
  ActivityCancellationType,
  ActivityFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities, RecordProgressInput, RecordProgressResult } from '../contracts/activities.ts';

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

/** A tool that touches the world, on the host that has the workspace. */
export const { callTool } = proxyActivities<Pick<Activities, 'callTool'>>({
  ...patient,
  startToCloseTimeout: '15 m',
  retry: { initialInterval: '500 ms', maximumAttempts: 3 },
});

/** Work on our own database that must get through: it waits for a database that is away. */
const steady = proxyActivities<
  Pick<
    Activities,
    'recordProgress' | 'finishRun' | 'preparePlan' | 'loadOutline' | 'addTasks' | 'openRollback' | 'findEndedTasks'
  >
>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '500 ms', maximumInterval: '20 s', maximumAttempts: 200 },
});

/** Undoes one task, and keeps a point to come back to; both on the host that has the workspace. */
export const { compensate, saveCheckpoint } = proxyActivities<Pick<Activities, 'compensate' | 'saveCheckpoint'>>({
  ...patient,
  startToCloseTimeout: '15 m',
  retry: { initialInterval: '500 ms', maximumInterval: '10 s', maximumAttempts: 5 },
});

const local = proxyLocalActivities<Pick<Activities, 'recordProgress'>>({
  scheduleToCloseTimeout: '2 s',
  localRetryThreshold: '1 s',
  retry: { initialInterval: '100 ms', maximumAttempts: 2 },
});

/** Validates and opens the run; reads, adds to, closes and reopens it in the store. */
export const { preparePlan, loadOutline, addTasks, finishRun, openRollback, findEndedTasks } = steady;

/** Events and state of the run, inside the workflow task; as an ordinary activity when that does not go through. */
export async function recordProgress(summary: string, input: RecordProgressInput): Promise<RecordProgressResult> {
  try {
    return await local.recordProgress.executeWithOptions({ summary }, [input]);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return steady.recordProgress.executeWithOptions({ summary }, [input]);
  }
}
