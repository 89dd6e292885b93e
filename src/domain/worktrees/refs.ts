import { fingerprint } from '../fingerprint.ts';
import { snapshotPrefix, toRefPart } from '../run/snapshot-ref.ts';

/** The branch that a task's work comes to, without `refs/heads/`: `gaffer/RUN/TASK`. */
export function taskBranch(runId: string, taskId: string): string {
  return `gaffer/${toRefPart(runId)}/${taskRefPart(taskId)}`;
}

/** Where git keeps the `number`th snapshot of a task. */
export function taskSnapshotRef(runId: string, taskId: string, number: number): string {
  return `${snapshotPrefix(runId)}${taskRefPart(taskId)}/${number}`;
}

/** Where git keeps what tasks of a run begin from: no checkpoint's and no task's name begins like this. */
export function startRef(runId: string, repositoryId: string): string {
  return `${snapshotPrefix(runId)}@start/${repositoryId}`;
}

/** Where git keeps what is merged for a target until that has it. */
export function trainRef(runId: string, target: string): string {
  return `${snapshotPrefix(runId)}@train/${fingerprint(target)}`;
}

/** Where git keeps both sides of a task's conflict, merged with its marks, for whoever settles it. */
export function conflictRef(runId: string, taskId: string, commit: string): string {
  return `${snapshotPrefix(runId)}@conflict/${taskRefPart(taskId)}/${commit}`;
}

/** Where git keeps work of a task whose worktree was removed and that was merged nowhere. */
export function keptRef(runId: string, taskId: string): string {
  return `refs/gaffer/kept/${toRefPart(runId)}/${taskRefPart(taskId)}`;
}

// Checkpoints of a run have refs beside those of its tasks.
const isCheckpoint = /^(?:start$|tasks-|phase-)/;

/**
 * A task's id as one part of a ref's name, and as a folder's. One that is not plain gets a hash, so that no two of a run share a name, on a
 * file system that knows no upper case either: no plain name has a full stop.
 */
export function taskRefPart(taskId: string): string {
  if (/^[a-z0-9_][a-z0-9_-]{0,99}$/.test(taskId) && !isCheckpoint.test(taskId)) return taskId;
  const plain = taskId.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return `${plain.slice(0, 80)}.${fingerprint(taskId)}`;
}
