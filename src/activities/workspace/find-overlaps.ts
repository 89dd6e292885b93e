/*
 * V1 Tasks that say which files they write (`files_scope`) are kept apart before they begin; the others are looked at whenever one of them
 *    has changed something: git itself says whether both can be merged.
 */
import { planTaskId } from '../../domain/ids/worker-id.ts';
import type { Sql } from '../../store/database/sql.ts';
import { listWorktrees, type WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { placeOfRow, type WorkspaceDependencies } from './task-place.ts';

/** Another task whose work cannot be merged with one's own by git alone, and which files that is about. */
export interface Overlap {
  other: WorktreeRow;
  files: string[];
}

/** Finds whose work does not go together with that of a task, among those that `counts` lets by; in the order of the plan. */
export async function findOverlaps(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, own, counts }: { sql: Sql; own: WorktreeRow; counts: (row: WorktreeRow) => boolean },
): Promise<Overlap[]> {
  if (own.filesScope.length > 0) return [];
  const isOther = (row: WorktreeRow): boolean =>
    row.taskId !== own.taskId && row.repository === own.repository && row.filesScope.length === 0;
  const others = (await listWorktrees(sql, run.no)).filter((row) => isOther(row) && counts(row));
  if (others.length === 0) return [];
  const { worktrees } = dependencies;
  const { repository } = await placeOfRow(dependencies, run, own);
  const mine = new Set(await worktrees.changed(repository, own.start, own.head));
  const found: Overlap[] = [];
  for (const other of others.toSorted((a, b) => (comesBefore(run, a, b) ? -1 : 1))) {
    const head = other.sealed ?? other.head;
    // Most change other files, which costs less to see than a merge.
    const theirs = await worktrees.changed(repository, other.start, head);
    if (!theirs.some((file) => mine.has(file))) continue;
    const files = await worktrees.conflicts(repository, own.head, head);
    if (files.length > 0) found.push({ other, files });
  }
  return found;
}

/** Whether a task is at work on changes of its own. */
export function isAtWork({ status, head, start }: WorktreeRow): boolean {
  return status === 'open' && head !== start;
}

/** Whether a task has left changes. */
export function hasLeft({ sealed, start }: WorktreeRow): boolean {
  return sealed !== null && sealed !== start;
}

/** Whether one comes before another in the plan: it has been at it for longer, or is to be done first. */
export function comesBefore({ plan }: FrozenRun, one: WorktreeRow, other: WorktreeRow): boolean {
  const rank = ({ taskId }: WorktreeRow): number => {
    const index = plan.tasks.findIndex(({ id }) => id === planTaskId(taskId));
    return index < 0 ? plan.tasks.length : index;
  };
  const [a, b] = [rank(one), rank(other)];
  return a < b || (a === b && one.taskId < other.taskId);
}
