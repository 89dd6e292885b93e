import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { ReadyTask, Scheduler } from '../../domain/scheduling/scheduler.ts';
import type { RunBooks } from '../books/run-books.ts';

/** Tells who of the pool does an execution that has just begun; without a pool there is nothing to tell. */
export function tellMember(
  books: RunBooks,
  scheduler: Scheduler,
  { id, epoch }: ReadyTask,
  { track = null }: Pick<OutlineTask, 'track'>,
): void {
  const member = scheduler.memberOf(id);
  if (member === undefined) return;
  books.emit({
    key: `assigned/${id}${epoch > 0 ? `/${epoch}` : ''}`,
    type: 'task:assigned',
    taskId: id,
    member,
    ...(track !== null && { track }),
  });
}
