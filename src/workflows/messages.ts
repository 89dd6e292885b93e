import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RunOutline } from '../contracts/activities.ts';
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
import type { TaskStatus } from '../domain/run-result.ts';

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

/** Update `pause`: nothing more starts; `pausing` while calls in flight still end. */
export const pauseUpdate = defineUpdate<'pausing' | 'paused', [PauseInput]>('pause');

/** Update `resume`: goes on, also after a budget or a provider stopped it. */
export const resumeUpdate = defineUpdate<void, [By]>('resume');

/** Update `skipTask`: a task that has not ended is given up; its dependents see it as skipped. */
export const skipTaskUpdate = defineUpdate<void, [SkipTaskInput]>('skipTask');

/** Update `retryTask`: a task that has ended is done anew. Answers with the ids of all that is. */
export const retryTaskUpdate = defineUpdate<string[], [RetryTaskInput]>('retryTask');

/** Update `setLimits`: raises or lowers the run's limits; does not resume by itself. */
export const setLimitsUpdate = defineUpdate<void, [SetLimitsInput]>('setLimits');

/** Update `sendMessage`: answers with the message's id; it is delivered with the next turn there. */
export const sendMessageUpdate = defineUpdate<string, [SendMessageInput]>('sendMessage');

/** What one decision led to: whether the approval is decided now, and how many more people have to approve. */
export interface ApproveAnswer {
  decided: boolean;
  missing: number;
}

/** Update `approve`: one person's decision; the same one again changes nothing. */
export const approveUpdate = defineUpdate<ApproveAnswer, [ApproveInput]>('approve');

/** Update `answer`: the answer to a blocker. */
export const answerUpdate = defineUpdate<void, [AnswerInput]>('answer');

/** Update `addTasks`: answers with the ids of what was added. */
export const addTasksUpdate = defineUpdate<string[], [AddTasksUpdateInput]>('addTasks');
