import type { PlanDependency, PlanLimits, PlanPhase } from '../domain/plan.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunResult, RunStatus, TaskResult } from '../domain/run-result.ts';
import type { Usage } from '../domain/usage.ts';
import type { OrchestrateInput } from './orchestrate-input.ts';

/** A task as the workflow knows it: everything but its prompt, which stays in the store. */
export interface OutlineTask {
  id: string;
  phase: number | null;
  context: string;
  agent: string;
  dependsOn: PlanDependency[];
  afterPhase: number | null;
  retry: { maxAttempts: number; backoffMs: number };
  timeoutMs: number | null;
}

/** A plan as the workflow knows it: small, whatever its prompts hold. */
export interface RunOutline {
  name: string;
  description: string;
  limits: PlanLimits;
  phases: PlanPhase[];
  tasks: OutlineTask[];
  agents: Record<string, { model: string; maxTurns: number }>;
  /** Task queue of the host that has the workspace. */
  workspaceQueue: string;
  /** Whether the namespace knows our search attributes. */
  hasSearchAttributes: boolean;
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
  /** Tools of the last turn that touch the world: the workflow runs each as an activity. */
  slowTools: { id: string; summary: string }[];
  /** A final failure of the turn after the last one; null: none. */
  failure: { type: string; message: string } | null;
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
}

/** What the workflow learns of a tool run. */
export interface CallToolResult {
  ok: boolean;
  /** Short hash of the result. */
  fingerprint: string;
}

/** Events and changes of state, written in one transaction. */
export interface RecordProgressInput {
  runKey: string;
  events: RunEventDraft[];
  status?: RunStatus;
}

/** What a workflow knows of a task's end; usage and texts are in the store. */
export type EndedTask = Pick<TaskResult, 'status' | 'agent' | 'context' | 'durationMs' | 'attempts' | 'error'> & {
  head: string | null;
};

/** Input of `finishRun`: what became of each task, without the texts. */
export interface FinishRunInput {
  runKey: string;
  runId: string;
  workflow: string;
  stop: RunStop;
  durationMs: number;
  tasks: Record<string, EndedTask>;
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
  recordProgress: (input: RecordProgressInput) => Promise<void>;
  finishRun: (input: FinishRunInput) => Promise<RunResult>;
}
