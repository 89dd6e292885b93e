import { refused } from '../base/failures.ts';
import type { PlanRun } from '../run/plan-run.ts';

/** The id of a task of the plan. @throws ApplicationFailure when there is none */
export function known(run: PlanRun, taskId: string): string {
  if (run.tasks.find(taskId)) return taskId;
  const ids = run.crew.books.outline.tasks.map((task) => task.id);
  throw refused(`there is no task ${taskId}; there are ${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ', …' : ''}`);
}
