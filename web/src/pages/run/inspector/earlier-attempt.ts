import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';

/** Whether what is looked at is an attempt that another came after: then how the task stands says nothing of it. */
export function isEarlier({ attempts }: Pick<TaskDetail, 'attempts'>, attempt: TaskAttempt | null): boolean {
  return attempt !== null && attempt.number < attempts.length;
}
