import type { SearchAttribute } from '../domain/run/search-attributes.ts';
import type { JsonValue } from '../domain/json.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { ChangedPriorities } from '../domain/changed-priorities.ts';
import type { SlotRules } from '../domain/scheduling/slots.ts';
import type { PlanPhase } from '../domain/plan/plan.ts';
import type { Isolation, PlanIsolation } from '../domain/coding/isolation.ts';
import type { AgentRunner } from '../domain/coding/agent-runner.ts';
import type { PlanLimits } from '../domain/plan/plan-limits.ts';

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
  agents: Record<
    string,
    {
      model: string;
      maxTurns: number;
      isolate?: Isolation;
      runner?: AgentRunner;
      /** All of its tools are over in a moment and touch our own database alone; left out: not, or nobody said. */
      isQuick?: true;
    }
  >;
  /** See `Plan`. */
  isolation?: PlanIsolation;
  /** Task queue of the host that has the workspace. */
  workspaceQueue: string;
  /** Whether the namespace knows all of our search attributes. */
  hasSearchAttributes: boolean;
  /** Which of them it knows; not there: all or none, as `hasSearchAttributes` says. */
  searchAttributes?: SearchAttribute[];
  /** See `SchedulablePlan`; not there: the run was started before that was so. */
  strictSkips?: boolean;
  /** Whether its end is kept for people in the workflow's memo; not there: the run was started before that was so. */
  keepsEnd?: boolean;
  /** See `SchedulablePlan`. */
  slots?: SlotRules;
  /** What somebody changed while the run lived; not there: nothing. */
  priorities?: ChangedPriorities;
  /** Branches of its tasks go into that one when they end; null: the one that was checked out. Not there: they are left. */
  merge?: { into: string | null };
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
