import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';

/** Tells of a task that failed before it began, as an expression of its own cannot be evaluated. */
export function tellUnevaluated(books: RunBooks, task: WorkItem, error: string): void {
  const state = books.note(task, 'failed', error);
  const told = { type: 'task:error', taskId: task.id, error, attempt: 1, willRetry: false } as const;
  books.emit({ key: `error/${task.id}/expression`, ...told });
  books.tellEnd(state);
}
