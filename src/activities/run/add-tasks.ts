/*
 * A1 An addition is written as a whole or not at all, under its key: adding it again adds nothing and answers the same.
 * A2 Depth, fan-out and number are counted in the store, in one transaction; additions of a run take turns.
 */
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { AddTasksInput, AddTasksResult } from '../../contracts/outline.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { AgentRecord } from '../../domain/evaluation/choose-agent.ts';
import { agentRecords } from '../../store/evaluation/agent-records.ts';
import { addedBy, lockAdditions, writeAdded } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { loadAdded } from '../../store/task/task-facts.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { depthBelow, depthProblem, numberProblem } from '../base/added-limits.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { addedEvent } from '../base/added-event.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';

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
    // People name whom they mean.
    ...(parent !== null && { choosing: () => choosingIn(sql, run, key) }),
  });
  if (checked.problems !== null) return { added: null, problems: checked.problems };
  const tooMany = await numberProblem(sql, run, { parent, count: checked.tasks.length });
  if (tooMany) return { added: null, problems: tooMany };
  await writeAdded(sql, run.no, { tasks: checked.tasks, key, parent });
  await appendNew(
    sql,
    run.no,
    checked.tasks.map((task) => addedEvent(run.plan, task, checked.choices[task.id])),
  );
  return { added: checked.tasks.map(toOutline), problems: null };
}

// Whoever wants it so has agents chosen without a look at what evaluations said.
async function choosingIn(sql: Sql, { no, plan, runKey }: FrozenRun, key: string) {
  const isLearning = plan.evaluate?.learns !== false;
  const records = isLearning ? await agentRecords(sql, no, plan.delegates ?? []) : new Map<string, AgentRecord>();
  return { records, seed: `${runKey}/${key}` };
}

function toOutline(task: PlanTask): OutlineTask {
  return toOutlineTask(task, 1);
}
