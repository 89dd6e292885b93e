import type { PlanDependency, PlanTask, TaskApproval, Workspace } from './plan.ts';
import { planDefaults } from './plan.ts';
import { filesOf } from './workspace.ts';

/** What the workflow knows of a task that has nothing special about it. */
export const outlineDefaults = {
  join: planDefaults.task.join as PlanTask['join'],
  continueOnError: planDefaults.task.continueOnError as boolean,
  priority: planDefaults.task.priority as number,
  afterPhase: null as number | null,
  retry: planDefaults.retry as PlanTask['retry'],
  timeoutMs: null as number | null,
  /** From the run's workspace down, see `filesOf`. */
  filesScope: [] as string[],
  workspace: null as Workspace | null,
  decompose: planDefaults.task.decompose as boolean,
  depth: planDefaults.task.depth as number,
  forEach: null as { size: number | null } | null,
  repeat: null as { max: number } | null,
  approval: null as TaskApproval | null,
  canCompensate: false as boolean,
  weightMs: 1 as number,
};

/** What an outline says of a task; see {@link outlineDefaults}. */
export type OutlineEntry = Partial<typeof outlineDefaults> & {
  id: string;
  phase: number | null;
  context: string;
  agent: string;
  dependsOn: PlanDependency[];
};

/** A task without its texts and expressions, and without what stands at its default. `weightMs`: how long it took before. */
export function toOutlineTask(task: PlanTask, weightMs: number): OutlineEntry {
  const { id, phase, context, agent, dependsOn, forEach, repeat } = task;
  const options: typeof outlineDefaults = {
    join: task.join,
    continueOnError: task.continueOnError,
    priority: task.priority,
    afterPhase: task.afterPhase,
    retry: task.retry,
    timeoutMs: task.timeoutMs,
    filesScope: filesOf(task),
    workspace: task.workspace ?? null,
    decompose: task.decompose,
    depth: task.depth,
    approval: task.approval,
    canCompensate: task.compensate !== null,
    forEach: forEach && { size: forEach.size },
    repeat: repeat && { max: repeat.max },
    weightMs: Math.max(1, Math.round(weightMs)),
  };
  const special = Object.entries(options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(outlineDefaults[name as keyof typeof outlineDefaults]),
  );
  return { id, phase, context, agent, dependsOn, ...Object.fromEntries(special) };
}

/** Everything that an outline says of a task, what it leaves out at its default. */
export function outlineOptions(task: Partial<typeof outlineDefaults>): typeof outlineDefaults {
  return { ...outlineDefaults, ...task };
}
