import type { SetPriorityInput } from '../../contracts/control.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { withPriority } from '../../domain/changed-priorities.ts';
import { turnOf } from '../../domain/scheduling/turn-of.ts';
import { isRunPriority, runPriorities, taskPriorities } from '../../domain/run-priority.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import { refused } from '../base/failures.ts';
import type { PlanRun } from '../run/plan-run.ts';
import { known } from './known-task.ts';

/** See update `setPriority`. */
export async function setPriority(
  run: PlanRun,
  { task, priority, by = 'somebody' }: SetPriorityInput,
): Promise<string[]> {
  const { books, attempts } = run.crew;
  const { outline, runId } = books;
  outline.priorities = withPriority(outline.priorities, { task, priority });
  if (task !== undefined) run.scheduler.setPriority(task, taskPriorities[priority]);
  books.hold.changes++;
  const key = `priority/${books.nextNumber()}`;
  books.emit({ key, type: 'run:priority', by, priority, ...(task !== undefined && { task }) });
  const begun = attempts.children.filter(([id]) =>
    task === undefined ? !ownTurn(run, id) : toInstance(id).task === task,
  );
  const workflows = begun.map(([, workflowId]) => workflowId);
  await books.flush();
  return task === undefined ? [runId, ...workflows] : workflows;
}

// A task with a priority of its own keeps it, whatever becomes of the run's.
function ownTurn({ crew }: PlanRun, executionId: string): boolean {
  const { tasks = {} } = crew.books.outline.priorities ?? {};
  return turnOf({ tasks }, executionId).priority !== undefined;
}

/** @throws ApplicationFailure when it is no priority, or nothing that could have another one */
export function checkPriority(run: PlanRun, input: SetPriorityInput): void {
  const { task, priority } = input ?? {};
  if (!isRunPriority(priority))
    throw refused(
      `priority must be ${runPriorities.join(', ')}, not ${String(JSON.stringify(priority)).slice(0, 100)}`,
    );
  if (task === undefined) return;
  if (typeof task !== 'string') throw refused('"task" must be the id of a task');
  if (hasEnded(run.scheduler.status(known(run, task)))) throw refused(`${task} has ended already`);
}
