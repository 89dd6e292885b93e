import type { JsonValue } from '../domain/json.ts';
import type { PlanDependency, PlanLimits, PlanPhase, PlanTask, TaskApproval, Workspace } from '../domain/plan/plan.ts';

/**
 * A task as the workflow knows it: everything but its texts and expressions, which stay in the store.
 *
 * What stands at its default (`outlineDefaults`) is left out, so that a thousand tasks fit into few payloads.
 */
export interface OutlineTask extends Partial<OutlineOptions> {
  id: string;
  phase: number | null;
  context: string;
  agent: string;
  dependsOn: PlanDependency[];
}

/** What an {@link OutlineTask} has only if it differs from the default. */
interface OutlineOptions extends Pick<
  PlanTask,
  'join' | 'continueOnError' | 'priority' | 'afterPhase' | 'retry' | 'timeoutMs' | 'filesScope' | 'decompose' | 'depth'
> {
  forEach: { size: number | null } | null;
  repeat: { max: number } | null;
  approval: TaskApproval | null;
  /** Where its tools work; null: in the run's workspace. */
  workspace: Workspace | null;
  /** Whether something undoes it. */
  canCompensate: boolean;
  /** How long it took in earlier runs of the same workflow, in ms; 1 when there are none. */
  weightMs: number;
}

/** A plan as the workflow knows it: small, whatever its prompts hold. */
export interface RunOutline {
  name: string;
  description: string;
  limits: PlanLimits;
  manager: string | null;
  onFailure: 'continue' | 'stop' | 'compensate';
  checkpointEvery: number | null;
  phases: Omit<PlanPhase, 'limits'>[];
  /** The first page; `loadOutline` has the rest. */
  tasks: OutlineTask[];
  taskCount: number;
  agents: Record<string, { model: string; maxTurns: number }>;
  /** Task queue of the host that has the workspace. */
  workspaceQueue: string;
  /** Whether the namespace knows our search attributes. */
  hasSearchAttributes: boolean;
  /** Whether anybody in it can change files: if not, checkpoints need no snapshot of the workspace. */
  changesFiles: boolean;
}

/** Tasks to add while the run lives, as a user writes them (`tasks` of a workflow file). */
export interface AddTasksInput {
  runKey: string;
  /** Names this addition: adding it again adds nothing. */
  key: string;
  /** Task that they become part of; null: the run. */
  parent: string | null;
  tasks: JsonValue;
}

/** The added tasks, or everything that is wrong with them. */
export type AddTasksResult = { added: OutlineTask[]; problems: null } | { added: null; problems: string };
