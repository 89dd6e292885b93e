import { planTaskId } from '../../domain/ids/worker-id.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findAdded } from '../../store/task/task-rows.ts';
import { type FrozenRun, keepAdded } from './frozen-run.ts';

/**
 * A task of the plan, or one that was added while the run lived, by the id of any of its executions, or of an agent that helps or undoes.
 *
 * @returns undefined for a piece of work of a hand-written workflow
 */
export async function taskDefinition(sql: Sql, run: FrozenRun, id: string): Promise<PlanTask | undefined> {
  const task = planTaskId(id);
  const known = run.tasks.get(task);
  if (known || run.plan.tasks.length === 0) return known;
  const added = await findAdded(sql, run.no, task);
  if (added) keepAdded(run, added);
  return added;
}
