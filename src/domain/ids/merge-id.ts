import { fingerprint } from '../fingerprint.ts';
import { taskIdPattern } from './execution-id.ts';

/**
 * Workflow id of the train that brings branches of a run in: one at a time, wherever they go, as two would take the same ones. Ids of work
 * hold no `/`, so it is nobody else's.
 */
export function toTrainId(runId: string): string {
  return `${runId}/merge/train`;
}

/** Id of the task that resolves the `n`th conflict of the work of a task, from 1. */
export function toResolutionId(taskId: string, n: number): string {
  const plain = taskId.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/-+$/, '');
  const name = plain === taskId && taskIdPattern.test(plain) ? plain : `${plain}-${fingerprint(taskId).slice(0, 4)}`;
  return `${name}-merge-${n}`;
}
