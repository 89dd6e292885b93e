import type { SliceInput, SliceResult } from './slice.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import type { RunAgentInput, RunAgentResult } from './agent-run.ts';
import type { TaskEnd } from './agent-task.ts';
import type { OrchestrateInput } from './orchestrate-input.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { AddTasksInput, AddTasksResult, RunOutline } from './outline.ts';
import type {
  CoupleInput,
  CoupleResult,
  GateInput,
  LandInput,
  LandResult,
  OpenTrainInput,
  OpenTrainResult,
  SendBackInput,
  SendBackResult,
  LeaveTurnResult,
  SettleInput,
  TurnInput,
} from './merge.ts';
import type { GateVerdict } from '../domain/merge/ride.ts';
import type { ReadOutputInput, TaskOutput } from './task-output.ts';
import type { DoToolInput, DoToolResult } from './task-work.ts';
import type { FinishRunInput, RecordProgressInput, RecordProgressResult, SaveCheckpointInput } from './progress.ts';
import type {
  AddCallsInput,
  AddCallsResult,
  ReadAnswersInput,
  ReadAnswersResult,
  ReadScriptInput,
  ReadScriptResult,
} from './script.ts';
import type { CallModelInput, CallModelResult, CallToolInput, CallToolResult } from './turn.ts';
import type {
  OpenedWorkspace,
  OpenWorkspaceInput,
  SealWorkspaceInput,
  SealWorkspaceResult,
  StandAsideInput,
  StandAsideResult,
} from './workspace.ts';
import type { CompensateInput, CompensateResult, OpenRollbackInput, RollbackOutline } from './undo.ts';

/** Input of `preparePlan`. */
export interface PreparePlanInput {
  runKey: string;
  runId: string;
  temporalRunId: string;
  input: OrchestrateInput;
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
  /** Runs on the queue of the workspace's host. A task that is one call of a tool: journaled, under the run's policy. */
  doTool: (input: DoToolInput) => Promise<DoToolResult>;
  /**
   * Runs on the queue of the workspace's host. A worktree of its own for an attempt, as its start has it; opening it again puts it back.
   *
   * @throws ApplicationFailure `InvalidInput`, which says why there can be none
   */
  openWorkspace: (input: OpenWorkspaceInput) => Promise<OpenedWorkspace>;
  /** Runs on the queue of the workspace's host. Keeps what an attempt left there, and makes it a branch when it is done. */
  sealWorkspace: (input: SealWorkspaceInput) => Promise<SealWorkspaceResult>;
  /** Runs on the queue of the workspace's host. What `workspace.on_overlap` says when others changed the same lines. */
  standAside: (input: StandAsideInput) => Promise<StandAsideResult>;
  /**
   * Runs on the queue of the workspace's host: a session of a program that does an agent's task. What it was answered is not paid again by another try.
   *
   * @throws ApplicationFailure as `callModel` does, `InvalidInput` where it cannot be run here, `AgentFailed` when it failed
   */
  runAgent: (input: RunAgentInput) => Promise<RunAgentResult>;
  /** A page of the plan's tasks, from the index on; empty behind the end. */
  loadOutline: (input: { runKey: string; from: number }) => Promise<OutlineTask[]>;
  recordProgress: (input: RecordProgressInput) => Promise<RecordProgressResult>;
  /** Checked like a user's file, limits of depth and number included. */
  addTasks: (input: AddTasksInput) => Promise<AddTasksResult>;
  /** Runs on the queue of the workspace's host. Its effect is counted once, whatever dies meanwhile. */
  compensate: (input: CompensateInput) => Promise<CompensateResult>;
  /** What a run that is over has left to undo; ends what of it is still at work. @throws ApplicationFailure `InvalidInput`: it goes on */
  openRollback: (input: OpenRollbackInput) => Promise<RollbackOutline>;
  /** Runs on the queue of the workspace's host; keeps contexts, results and, in a git repository, the workspace. */
  saveCheckpoint: (input: SaveCheckpointInput) => Promise<{ snapshot: string | null }>;
  /** How child workflows ended, in their order; null: one that has not. */
  findEndedTasks: (input: { workflowIds: string[] }) => Promise<(TaskEnd | null)[]>;
  /** What came out of a task, for code that reads it. */
  readOutput: (input: ReadOutputInput) => Promise<TaskOutput>;
  /** The source of a script, or of one that it may call. */
  readScript: (input: ReadScriptInput) => Promise<ReadScriptResult>;
  /** Makes calls of a script tasks of its run. */
  addCalls: (input: AddCallsInput) => Promise<AddCallsResult>;
  /** What a script's tasks answered. */
  readAnswers: (input: ReadAnswersInput) => Promise<ReadAnswersResult>;
  /** Puts branches of a run into trains, one for each target. */
  openTrain: (input: OpenTrainInput) => Promise<OpenTrainResult>;
  /** Runs on the queue of the repository's host, as do those below. Merges branches into a target as it is now, one after the other, and moves nothing. */
  coupleBranches: (input: CoupleInput) => Promise<CoupleResult>;
  /** Runs the gates of a run on a commit. */
  gateMerge: (input: GateInput) => Promise<GateVerdict>;
  /** Moves a target to what was gated, by compare-and-swap. */
  landMerge: (input: LandInput) => Promise<LandResult>;
  settleBranches: (input: SettleInput) => Promise<void>;
  /** Gets a train in line for its target, on the queue of its host. @returns whether it is its turn */
  getInLine: (input: TurnInput) => Promise<boolean>;
  leaveLine: (input: { runKey: string }) => Promise<LeaveTurnResult>;
  /** Has the conflict of a branch resolved: by its author, then by the merger, then by a person. */
  sendBack: (input: SendBackInput) => Promise<SendBackResult>;
  /** Says anew how a run ended of which branches went in after its end. */
  retellEnds: (input: { runKey: string }) => Promise<void>;
  /** Does tasks that have begun, and what becomes ready by them, as far as they need nobody else. */
  runSlice: (input: SliceInput) => Promise<SliceResult>;
  finishRun: (input: FinishRunInput) => Promise<RunResult>;
}

/** What a step tells while it is at work but cannot go on. */
export interface Heartbeat {
  /** What is in its way: why its run stands still. */
  hindrance: string;
}
