import type { Isolation } from '../coding/isolation.ts';
import type { PlanDependency, PlanTask, TaskApproval, Workspace } from './plan.ts';
import { planDefaults } from './plan.ts';
import { canUndo } from './task-work.ts';
import { filesOf } from './workspace.ts';

/** What an {@link OutlineTask} has only if it differs from the default. */
export interface OutlineOptions extends Pick<
  PlanTask,
  'join' | 'continueOnError' | 'priority' | 'afterPhase' | 'retry' | 'timeoutMs' | 'filesScope' | 'decompose' | 'depth'
> {
  /** The model that is asked for it; null: its agent's. */
  model: string | null;
  /** The track that it belongs to; null: none. */
  track: string | null;
  forEach: { size: number | null } | null;
  repeat: { max: number } | null;
  approval: TaskApproval | null;
  /** Where its tools work; null: in the run's workspace. Its `filesScope` counts from the run's workspace down, see `filesOf`. */
  workspace: Workspace | null;
  /** See {@link PlanTask}; null: as its agent, phase or run says. */
  isolate: Isolation | null;
  /** What does it instead of an agent; null: an agent does. */
  work: 'workflow' | 'tool' | null;
  /** Whether something undoes it. */
  canCompensate: boolean;
  /** Whether it is a script, which no agent does. */
  isScript: boolean;
  /** See {@link PlanTask}; null: none. */
  heading: string | null;
  /** See {@link PlanTask}; null: none did. */
  askedBy: string | null;
  /** Its conversation goes on from that of the task which adds it. */
  branches: boolean;
  /** Conversation in which its own one begins, where it stands then; null: it begins anew. */
  continues: string | null;
  /** How long it took in earlier runs of the same workflow, in ms; 1 when there are none. */
  weightMs: number;
}

/**
 * A task as the workflow knows it: everything but its texts and expressions, which stay in the store.
 *
 * What stands at its default ({@link outlineDefaults}) is left out, so that a thousand tasks fit into few payloads.
 */
export interface OutlineTask extends Partial<OutlineOptions> {
  id: string;
  phase: number | null;
  context: string;
  agent: string;
  dependsOn: PlanDependency[];
}

/** What the workflow knows of a task that has nothing special about it. */
const outlineDefaults: Readonly<OutlineOptions> = {
  join: planDefaults.task.join,
  continueOnError: planDefaults.task.continueOnError,
  priority: planDefaults.task.priority,
  afterPhase: null,
  retry: planDefaults.retry,
  timeoutMs: null,
  filesScope: [],
  workspace: null,
  track: null,
  model: null,
  decompose: planDefaults.task.decompose,
  depth: planDefaults.task.depth,
  forEach: null,
  repeat: null,
  approval: null,
  isolate: null,
  work: null,
  canCompensate: false,
  isScript: false,
  heading: null,
  askedBy: null,
  branches: false,
  continues: null,
  weightMs: 1,
};

/** A task without its texts and expressions, and without what stands at its default. `weightMs`: how long it took before. */
export function toOutlineTask(task: PlanTask, weightMs: number): OutlineTask {
  const { id, phase, context, agent, dependsOn, forEach, repeat } = task;
  const options: OutlineOptions = {
    join: task.join,
    continueOnError: task.continueOnError,
    priority: task.priority,
    afterPhase: task.afterPhase,
    retry: task.retry,
    timeoutMs: task.timeoutMs,
    filesScope: filesOf(task),
    workspace: task.workspace ?? null,
    track: task.track ?? null,
    model: task.overrides?.model ?? null,
    decompose: task.decompose,
    depth: task.depth,
    approval: task.approval,
    isolate: task.isolate ?? null,
    work: task.work?.kind ?? null,
    canCompensate: canUndo(task),
    forEach: forEach && { size: forEach.size },
    repeat: repeat && { max: repeat.max },
    isScript: task.script !== undefined,
    heading: task.heading ?? null,
    askedBy: task.askedBy ?? null,
    branches: task.strategy === 'hierarchical' && task.depth > 0,
    continues: task.answers && task.answers.context !== task.context ? task.answers.context : null,
    weightMs: Math.max(1, Math.round(weightMs)),
  };
  const special = Object.entries(options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(outlineDefaults[name as keyof OutlineOptions]),
  );
  return { id, phase, context, agent, dependsOn, ...Object.fromEntries(special) };
}

/** Everything that an outline says of a task, what it leaves out at its default. */
export function outlineOptions(task: Partial<OutlineOptions>): OutlineOptions {
  return { ...outlineDefaults, ...task };
}
