import type { JsonObject } from '../domain/json.ts';
import type { Approval, PlanDependency, PlanLimits, PlanPhase, PlanTask, TaskApproval } from '../domain/plan/plan.ts';
import type { RunEventDraft } from '../domain/run/run-events.ts';
import type { RunStop } from '../domain/run/run-end.ts';
import type { Instance } from '../domain/plan/execution-id.ts';
import type { CompensationResult, RunResult, RunStatus, TaskResult } from '../domain/run/run-result.ts';
import type { Usage } from '../domain/money/usage.ts';
import type {
  AddTasksInput,
  AddTasksResult,
  CompensateInput,
  CompensateResult,
  RollbackOutline,
  SaveCheckpointInput,
} from './upkeep.ts';
import type { TaskEnd } from './agent-task.ts';
import type { OrchestrateInput } from './orchestrate-input.ts';

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
export interface OutlineOptions extends Pick<
  PlanTask,
  'join' | 'continueOnError' | 'priority' | 'afterPhase' | 'retry' | 'timeoutMs' | 'filesScope' | 'decompose' | 'depth'
> {
  forEach: { size: number | null } | null;
  repeat: { max: number } | null;
  approval: TaskApproval | null;
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

/** Input of `preparePlan`. */
export interface PreparePlanInput {
  runKey: string;
  runId: string;
  temporalRunId: string;
  input: OrchestrateInput;
}

/** One turn: which step, of which conversation. The messages themselves are in the store. */
export interface TurnInput {
  runKey: string;
  taskId: string;
  attempt: number;
  turn: number;
  epoch: number;
  agent: string;
  context: string;
  /** Message that the conversation has come to; null: none yet. */
  head: string | null;
  /** `task`: the plan's prompt of this task begins it; a text: that one; null: goes on after tool results. */
  prompt: 'task' | { text: string } | null;
}

/** A turn, and how far the quick ones after it may go. */
export interface CallModelInput extends TurnInput {
  /** Number of the last turn that this task may take. */
  lastTurn: number;
  /** Fingerprints of the turns before, newest last: as many as loop detection looks at. */
  history: string[];
}

/** One turn, as the workflow knows it. */
export interface TakenTurn {
  head: string;
  stop: 'end' | 'tools' | 'cut';
  /** At most 300 characters of its text. */
  preview: string;
  /** Names of the tools that it asked for. */
  tools: string;
  /** Short hash of text, tool inputs and results of quick tools. */
  fingerprint: string;
  usage: Usage;
  costUsd: number;
}

/** What the workflow learns of a model's answers: one, or several that came quickly. */
export interface CallModelResult {
  turns: TakenTurn[];
  /** Tools of the last turn that the workflow sees to. */
  slowTools: SlowToolCall[];
  /** What is wrong with the last answer of a task with a structured `output`, in words for the model; null: nothing. */
  problem: string | null;
  /** Tasks that were added by `plan_tasks` in these turns: they start when this task has succeeded. */
  added: OutlineTask[];
  /** A final failure of the turn after the last one; null: none. */
  failure: { type: string; message: string; details?: unknown[] } | null;
}

/** A tool call that the workflow sees to: runs it, asks a person first, or waits for the answer to a blocker. */
export interface SlowToolCall {
  id: string;
  /** One line for people: `bash npm test`. */
  summary: string;
  /** `run` it; `ask` somebody first; `deny`: the policy forbids it; `blocker`: the agent asks for help. */
  gate: 'run' | 'ask' | 'deny' | 'blocker';
  /** The literal call for whoever decides, or the blocker's words; at most 2,000 characters, empty for `run`. */
  detail: string;
  /** Who decides, for `ask`. */
  approval: Approval | null;
}

/** One tool run of a turn. Its input is read from the answer in the store. */
export interface CallToolInput {
  runKey: string;
  taskId: string;
  attempt: number;
  turn: number;
  epoch: number;
  agent: string;
  context: string;
  /** The answer that asks for it. */
  head: string;
  toolUseId: string;
  /** Its result is this, and nothing runs: a denial, or the answer to a blocker. */
  answer?: {
    content: string;
    isError: boolean;
    /** The whole text of this message instead of `content`. */ head?: string;
  };
  /** A person changed its input before approving it. */
  input?: JsonObject;
}

/** What the workflow learns of a tool run. */
export interface CallToolResult {
  ok: boolean;
  /** Short hash of the result. */
  fingerprint: string;
}

/** Events and changes of state, written in one transaction, and what is to be known of the tasks that come next. */
export interface RecordProgressInput {
  runKey: string;
  events: RunEventDraft[];
  status?: RunStatus;
  /** Tasks that have come to an end: their results become checkpoints and can be used by expressions. */
  ended?: EndedTask[];
  /** Tasks that are about to start. */
  begin?: BeginTask[];
  /** Loops of which an iteration has ended. */
  loops?: LoopCheck[];
  /** Tasks that ended and have an `after` approval with a condition. */
  asks?: string[];
  /** Changes of the run's limits; what is not named stays. */
  limits?: LimitsChange;
  /** Messages for contexts, delivered with the next turn there. */
  messages?: NewMessage[];
  /** Checkpoints without a snapshot, of what has ended with this step. */
  checkpoints?: Omit<SaveCheckpointInput, 'runKey'>[];
}

/** A task that is about to start: the store makes its prompt, decides its condition and looks for a result to use again. */
export interface BeginTask extends Instance {
  /** See `toInstanceId`. */
  id: string;
  /** Its turn of being tried anew by a person, from 0. */
  epoch: number;
  /** Where its conversation stands. */
  head: string | null;
  /** A person changed its prompt before approving it. */
  prompt?: string;
}

/** A loop of which an iteration has ended: `task` (its id) or `phase` (its index). */
export interface LoopCheck {
  loop: { task: string } | { phase: number };
  iteration: number;
}

/** Limits to change, in the format of a workflow file's `limits`, already checked. */
export interface LimitsChange {
  /** Whose: `task/ID`, `phase/NAME` or `agent/NAME`; not there: the run's own. */
  scope?: string;
  usd?: number;
  tokens?: number;
  usdPerMinute?: number;
}

/** A message for a context. */
export interface NewMessage {
  id: string;
  /** Name of the context. */
  to: string;
  from: string;
  text: string;
}

/** What the store says of a task that is about to start. */
export type BegunTask = { id: string } & (
  | {
      verdict: 'start';
      /** Whether its `before` approval is asked for. */ asks: boolean;
      /** Its prompt for whoever decides, at most 2,000 characters; empty unless `asks`. */ detail: string;
    }
  /** Its condition is false. */
  | { verdict: 'skip'; reason: string }
  /** A `for_each`: so many items; each begins by itself. */
  | { verdict: 'expand'; width: number }
  /** An earlier run has its result. */
  | { verdict: 'reuse'; head: string | null; preview: string; from: string }
  /** An expression cannot be evaluated. */
  | { verdict: 'fail'; error: string }
);

/** Answers to what {@link RecordProgressInput} asks. */
export interface RecordProgressResult {
  begun: BegunTask[];
  /** Whether each of the loops is over; `error`: its condition cannot be evaluated, so it is. */
  loops: { isOver: boolean; error: string | null }[];
  /** Whether each of `asks` is asked for. */
  asks: boolean[];
  /** Why `limits` were not changed; not there: they were, or there were none. */
  problem?: string;
}

/** What a workflow knows of a task's end; usage and texts are in the store. */
export type EndedTask = Pick<TaskResult, 'status' | 'agent' | 'context' | 'durationMs' | 'attempts' | 'error'> & {
  /** See `toInstanceId`. */
  id: string;
  head: string | null;
};

/** Input of `finishRun`: what became of each task, without the texts. */
export interface FinishRunInput {
  runKey: string;
  runId: string;
  workflow: string;
  stop: RunStop;
  durationMs: number;
  /** Every task and, of groups, every member. */
  tasks: EndedTask[];
  compensations: CompensationResult[];
  /** What the store has not heard of yet; null: nothing. */
  last: RecordProgressInput | null;
  /** Execution of a rollback, which writes the result anew; left out: the run ends by itself. */ rollback?: string;
}

/** Everything that a workflow can do to the world. */
export interface Activities {
  /**
   * Turns the input into a frozen plan and opens the run in the store.
   *
   * @throws ApplicationFailure `InvalidInput`, not retryable, with every error in its message
   */
  preparePlan: (input: PreparePlanInput) => Promise<RunOutline>;
  /** @throws ApplicationFailure `BudgetExceeded`, `ModelRejected`, `ModelRefused`, `ModelBadRequest` (final), `ModelUnavailable` (retried) */
  callModel: (input: CallModelInput) => Promise<CallModelResult>;
  /** Never fails because of what the model asked for: that goes back to the model. */
  callTool: (input: CallToolInput) => Promise<CallToolResult>;
  /** A page of the plan's tasks, from the index on; empty behind the end. */
  loadOutline: (input: { runKey: string; from: number }) => Promise<OutlineTask[]>;
  recordProgress: (input: RecordProgressInput) => Promise<RecordProgressResult>;
  /** Checked like a user's file, limits of depth and number included. */
  addTasks: (input: AddTasksInput) => Promise<AddTasksResult>;
  /** Runs on the queue of the workspace's host. Its effect is counted once, whatever dies meanwhile. */
  compensate: (input: CompensateInput) => Promise<CompensateResult>;
  /** What a run that is over has left to undo; ends what of it is still at work. @throws ApplicationFailure `InvalidInput`: it goes on */
  openRollback: (input: { runKey: string }) => Promise<RollbackOutline>;
  /** Runs on the queue of the workspace's host; keeps contexts, results and, in a git repository, the workspace. */
  saveCheckpoint: (input: SaveCheckpointInput) => Promise<{ snapshot: string | null }>;
  /** How child workflows ended, in their order; null: one that has not. */
  findEndedTasks: (input: { workflowIds: string[] }) => Promise<(TaskEnd | null)[]>;
  finishRun: (input: FinishRunInput) => Promise<RunResult>;
}
