import { defineQuery } from '@temporalio/workflow';
import type { RunOutline } from '../contracts/activities.ts';
import type { TaskStatus } from '../domain/run-result.ts';

/** State of a run in numbers, for whoever asks Temporal instead of the store. */
export interface RunStatusAnswer {
  status: 'running' | 'ending';
  phase: string | null;
  tasks: Partial<Record<TaskStatus, number>>;
}

/** Query `status`: where the run is. */
export const statusQuery = defineQuery<RunStatusAnswer>('status');

/** Query `plan`: the outline of what the run does. */
export const planQuery = defineQuery<RunOutline>('plan');

/** Query `results`: status, last words and error of every task so far. */
export const resultsQuery =
  defineQuery<Record<string, { status: TaskStatus; preview: string; error: string | null }>>('results');
