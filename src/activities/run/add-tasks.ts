/*
 * A1 An addition is written as a whole or not at all, under its key: adding it again adds nothing and answers the same.
 * A2 Depth, fan-out and number are counted in the store, in one transaction; additions of a run take turns.
 */
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { AddTasksInput, AddTasksResult } from '../../contracts/outline.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { addedBy, countAdded, lockAdditions, writeAdded } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { loadAdded } from '../../store/task/task-facts.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { addedEvent } from './prepare-plan.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';
import { taskDefinition } from '../base/task-definition.ts';

/** Adds tasks to a run in a transaction of its own; see {@link addTasksWithin}. */
export async function addTasks(
  dependencies: Pick<ActivityDependencies, 'store' | 'toAddedTasks'>,
  run: FrozenRun,
  input: AddTasksInput,
): Promise<AddTasksResult> {
  return dependencies.store.transaction((sql) => addTasksWithin(sql, { dependencies, run, input }));
}

/**
 * Adds tasks in the open transaction: those of a person (`parent` null), or of an agent that splits its task.
 *
 * @returns the tasks for the workflow, or everything that is wrong with them, in words for whoever wrote them; then nothing was written
 */
export async function addTasksWithin(
  sql: Sql,
  {
    dependencies,
    run,
    input,
  }: { dependencies: Pick<ActivityDependencies, 'toAddedTasks'>; run: FrozenRun; input: AddTasksInput },
): Promise<AddTasksResult> {
  const { key, parent, tasks: value } = input;
  await lockAdditions(sql, run.no);
  const before = await addedBy(sql, run.no, key);
  if (before.length > 0) return { added: before.map(toOutline), problems: null };
  const depth = await depthBelow(sql, run, parent);
  const tooDeep = depthProblem(run, depth);
  if (tooDeep) return { added: null, problems: tooDeep };
  const plan = { ...run.plan, tasks: [...run.plan.tasks, ...(await loadAdded(sql, run.no)).values()] };
  const existingIds = new Set(plan.tasks.map(({ id }) => id));
  const checked = await dependencies.toAddedTasks({
    value,
    plan,
    existingIds,
    parent: parent && planTaskId(parent),
    depth,
  });
  if (checked.problems !== null) return { added: null, problems: checked.problems };
  const tooMany = await numberProblem(sql, run, { parent, count: checked.tasks.length });
  if (tooMany) return { added: null, problems: tooMany };
  await writeAdded(sql, run.no, { tasks: checked.tasks, key, parent });
  await appendNew(
    sql,
    run.no,
    checked.tasks.map((task) => addedEvent(run.plan, task)),
  );
  return { added: checked.tasks.map(toOutline), problems: null };
}

function toOutline(task: PlanTask): OutlineTask {
  return toOutlineTask(task, 1);
}

async function depthBelow(sql: Sql, run: FrozenRun, parent: string | null): Promise<number> {
  if (parent === null) return 1;
  const definition = await taskDefinition(sql, run, parent);
  return (definition?.depth ?? 0) + 1;
}

function depthProblem({ plan }: FrozenRun, depth: number): string | null {
  const { maxDepth } = plan.limits;
  if (depth <= maxDepth) return null;
  return `These tasks would be ${depth} levels deep and limits.max_depth is ${maxDepth}: do the work yourself instead of splitting it further.`;
}

async function numberProblem(
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
