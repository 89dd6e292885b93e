import { countAdded } from '../../store/run/added-tasks.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { FrozenRun } from './frozen-run.ts';
import { taskDefinition } from './task-definition.ts';

/** How deep a task is that `parent` adds; null: a person adds it. */
export async function depthBelow(sql: Sql, run: FrozenRun, parent: string | null): Promise<number> {
  if (parent === null) return 1;
  const definition = await taskDefinition(sql, run, parent);
  return (definition?.depth ?? 0) + 1;
}

/** Why tasks may not be added so deep, in words for who adds them; null: they may. */
export function depthProblem({ plan }: FrozenRun, depth: number): string | null {
  const { maxDepth } = plan.limits;
  if (depth <= maxDepth) return null;
  return `These tasks would be ${depth} levels deep and limits.max_depth is ${maxDepth}: do the work yourself instead of splitting it further.`;
}

/** Why so many tasks may not be added, in words for who adds them; null: they may. */
export async function numberProblem(
  sql: Sql,
  { no, plan }: FrozenRun,
  { parent, count }: { parent: string | null; count: number },
): Promise<string | null> {
  const { maxFanOut, maxAddedTasks } = plan.limits;
  const added = await countAdded(sql, no, parent);
  if (parent !== null && added.ofParent + count > maxFanOut) {
    const before = added.ofParent > 0 ? ` after ${added.ofParent} before` : '';
    return `${count} tasks${before} are more than one task may add: limits.max_fan_out is ${maxFanOut}.`;
  }
  if (added.all + count > maxAddedTasks) {
    return `${count} tasks after ${added.all} before are more than may be added to this run: limits.max_added_tasks is ${maxAddedTasks}.`;
  }
  return null;
}
