import { fingerprint } from '../fingerprint.ts';
import { toAttemptId } from './journal-key.ts';

/** Workflow id of the child that makes an attempt. */
export function toChildId(runId: string, taskId: string, attempt: number): string {
  return `${runId}/${attempt > 1 ? toAttemptId(taskId, attempt) : taskId}`;
}

/** What a child works on within its run, for people: `build`, `build~2`. Ids of runs hold no `/`. */
export function workOfChild(workflowId: string): string {
  return workflowId.slice(workflowId.indexOf('/') + 1);
}

/** Id of the run, and of its workflow, that an attempt of a task is. Like every id of a run, it holds no `/`. */
export function toNestedRunId(runId: string, taskId: string, attempt: number): string {
  const word = attempt > 1 ? toAttemptId(taskId, attempt) : taskId;
  const plain = word.replace(/[^\w.-]+/g, '-').replace(/-+$/, '');
  // `a[0]` and a task called `a-0` are two.
  return `${runId}.${plain === word ? word : `${plain}-${fingerprint(word).slice(0, 4)}`}`;
}

/** Whether a run may be a task of another one, as its id says. */
export function isNestedIn(runId: string, around: string): boolean {
  return around !== '' && runId.startsWith(`${around}.`);
}

/** Id of the run, and of its workflow, that evaluates a run when it ends. */
export function toEvaluationId(runId: string): string {
  return `${runId}-evaluation`;
}
