import type { Plan } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import type { Sql } from '../database/sql.ts';
import { loadAdded } from '../task/task-facts.ts';

/** Absolute folders of a run's tasks that have a workspace of their own, by the task's id; those that were added too. */
export async function loadWorkspaces(sql: Sql, runKey: string): Promise<Record<string, string>> {
  const { rows } = await sql.query<{ no: number; plan: Plan }>(
    'select r.no, p.plan from runs r join plans p on p.hash = r.plan_hash where r.run_key = $1',
    [runKey],
  );
  const run = rows[0];
  if (!run) return {};
  const tasks = [...run.plan.tasks, ...(await loadAdded(sql, run.no)).values()];
  const placed = tasks.filter(({ workspace }) => workspace);
  return Object.fromEntries(placed.map((task) => [task.id, workspaceOf(run.plan, task).path]));
}
