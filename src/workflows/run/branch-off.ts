import type { OutlineTask } from '../../domain/plan/outline.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';

/** Lets an added task go on from the conversation of its parent, where its plan says so: a second head of what that one has come to. */
export function branchOff(
  { heads, tasks }: Pick<RunBooks, 'heads' | 'tasks'>,
  task: OutlineTask,
  { context, parent }: Pick<WorkItem, 'context'> & { parent: string | null },
): void {
  if (parent === null || !outlineOptions(task).branches || heads.of(context) !== null) return;
  heads.set(context, tasks.get(parent)?.progress?.head ?? null);
}
