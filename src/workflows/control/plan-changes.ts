import { toInstance } from '../../domain/ids/execution-id.ts';
import { tellScript } from '../run/tell-script.ts';
import type { PlanRun } from '../run/plan-run.ts';

/** Has executions done anew that have ended, with the same input. */
export function redoTasks({ crew: { books }, scheduler }: PlanRun, taskIds: readonly string[]): void {
  // Also those that were given up because of these.
  const wanted = new Set(scheduler.reset(taskIds));
  for (const state of [...books.tasks.values()].reverse()) {
    if (!wanted.has(toInstance(state.id).task)) continue;
    books.heads.set(state.context, state.startHead);
    state.status = 'pending';
  }
  books.hold.changes++;
}

/** A person gives a task up, and with a script what it has asked for: what of it is in flight is cancelled, the rest never starts. */
export function skipTask(run: PlanRun, taskId: string, reason: string): void {
  const { scheduler, executions, tasks, crew } = run;
  const { outline, hold } = crew.books;
  const asked = outline.tasks.filter(({ askedBy }) => askedBy === taskId);
  for (const one of [taskId, ...asked.map(({ id }) => id)]) {
    executions.skip(one, reason);
    const pending = scheduler.skip(one);
    for (const id of pending) {
      crew.books.skip(tasks.toWorkItem(id), reason);
      tellScript(run, id);
    }
  }
  hold.changes++;
}

/** Gives up everything that never started, once the run is over. */
export function skipTheRest({ crew: { books }, tasks }: PlanRun, reason: string): void {
  for (const state of books.tasks.values()) {
    if (state.status === 'pending') books.skip(tasks.toWorkItem(state.id), reason);
  }
}
