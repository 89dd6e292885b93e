import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RunUpdates } from '../../contracts/control.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import type { WaitingAnswer } from '../../contracts/waiting.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';

/** State of a run in numbers, for whoever asks Temporal instead of the store. */
export interface RunStatusAnswer {
  status: 'running' | 'pausing' | 'paused' | 'waiting' | 'compensating' | 'ending';
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

/** Query `waiting`: what waits for somebody, oldest first. */
export const waitingQuery = defineQuery<WaitingAnswer>('waiting');

/** An update as {@link RunUpdates} describes it. */
function updateOf<Name extends keyof RunUpdates>(name: Name) {
  return defineUpdate<RunUpdates[Name]['answer'], [RunUpdates[Name]['input']], Name>(name);
}

export const pauseUpdate = updateOf('pause');
export const resumeUpdate = updateOf('resume');
export const skipTaskUpdate = updateOf('skipTask');
export const retryTaskUpdate = updateOf('retryTask');
export const setLimitsUpdate = updateOf('setLimits');
export const setPriorityUpdate = updateOf('setPriority');
export const sendMessageUpdate = updateOf('sendMessage');
export const approveUpdate = updateOf('approve');
export const answerUpdate = updateOf('answer');
export const addTasksUpdate = updateOf('addTasks');
