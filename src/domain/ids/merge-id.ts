import { fingerprint } from '../fingerprint.ts';
import { taskIdPattern } from './execution-id.ts';

/**
 * Workflow id of the train that brings branches of a run into one; null: into the one that was checked out. Ids of work hold no `/`, so it
 * is nobody else's.
 */
export function toTrainId(runId: string, target: string | null): string {
  return `${runId}/merge/${target ?? ''}`;
}

/** Id of the task that resolves the `n`th conflict of the work of a task, from 1. */
export function toResolutionId(taskId: string, n: number): string {
  const plain = taskId.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/-+$/, '');
  const name = plain === taskId && taskIdPattern.test(plain) ? plain : `${plain}-${fingerprint(taskId).slice(0, 4)}`;
  return `${name}-merge-${n}`;
}
