import { toAttemptId } from './journal-key.ts';

/** Workflow id of the child that makes an attempt. */
export function toChildId(runId: string, taskId: string, attempt: number): string {
  return `${runId}/${attempt > 1 ? toAttemptId(taskId, attempt) : taskId}`;
}

/** What a child works on within its run, for people: `build`, `build~2`. Ids of runs hold no `/`. */
export function workOfChild(workflowId: string): string {
  return workflowId.slice(workflowId.indexOf('/') + 1);
}
