import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { PlanTasks } from '../books/plan-tasks.ts';
import type { Scheduler } from '../../domain/scheduling/scheduler.ts';
import type { RunBooks } from '../books/run-books.ts';
import { branchOff } from './branch-off.ts';
import type { PhaseClock } from './phase-clock.ts';

/** A plan's run, as far as tasks are added to it. */
interface Adding {
  books: RunBooks;
  tasks: PlanTasks;
  add: (tasks: OutlineTask[], parent: string | null) => void;
}

/** Tasks that begin at once, as whoever added them waits for them; those that the run has by now are not added again. */
export function beginAdded(run: Adding, tasks: readonly OutlineTask[]): void {
  const { heads } = run.books;
  const fresh = tasks.filter(({ id }) => !run.tasks.find(id));
  for (const { context, continues } of fresh) {
    if (continues && heads.of(context) === null) heads.set(context, heads.of(continues));
  }
  if (fresh.length > 0) run.add(fresh, null);
}

/** See `PlanRun.add`. */
export function addToRun(
  { books, tasks, scheduler, phases }: Pick<Adding, 'books' | 'tasks'> & { scheduler: Scheduler; phases: PhaseClock },
  added: OutlineTask[],
  parent: string | null,
): void {
  for (const task of added) {
    tasks.add(task);
    const item = tasks.toWorkItem(task.id);
    branchOff(books, task, { context: item.context, parent });
    books.note(item, 'pending');
  }
  scheduler.add(added, parent);
  phases.grow();
  books.hold.changes++;
}
