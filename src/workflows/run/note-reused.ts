import type { BegunTask } from '../../contracts/progress.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';

/** Enters into the books that a task needs no work, as its result is there already. */
export function noteReused(
  books: RunBooks,
  task: WorkItem,
  { head, preview, from, files }: Extract<BegunTask, { verdict: 'reuse' }>,
): void {
  const state = books.note(task, 'reused');
  state.head = head;
  state.progress = { head, preview, turns: 0, tokens: 0, costUsd: 0, added: [] };
  if (head !== null) books.heads.set(task.context, head);
  const told = { taskId: task.id, agentName: task.agent, from, ...(files && { files }) };
  books.emit({ key: `reused/${task.id}`, type: 'task:reused', ...told });
}
