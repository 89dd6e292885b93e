import type { RunnerKind } from '../domain/coding/agent-runner.ts';
import type { JsonObject } from '../domain/json.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { AttemptProgress } from '../domain/turns/agent-turns.ts';
import type { ForeignDecision, ForeignFrom } from './foreign.ts';
import type { CallModelInput } from './turn.ts';
import type { WaitAnswer, WaitRequest } from './waiting.ts';
import type { SealedBranch } from './workspace.ts';

/** Input of workflow `agentTask`: one attempt of one task. */
export interface AgentTaskInput {
  runKey: string;
  /** Workflow id of the run, to which it reports. */
  runId: string;
  taskId: string;
  attempt: number;
  epoch: number;
  agent: string;
  model: string;
  context: string;
  phase: string | null;
  /** Where the conversation stands; null: at its beginning. */
  head: string | null;
  /** null: the prompt that the store has for this task. */
  prompt: string | null;
  /** How its prompt begins, for whoever looks at a history that holds other tasks, too. */
  about?: string;
  maxTurns: number;
  /** The kind of program that does it; left out: our own loop. */
  runner?: RunnerKind;
  /** Limit of this attempt in ms, without the time in which it waited for somebody; null: none of its own. */
  timeoutMs: number | null;
  /** Task queue of the host that has the workspace. */
  workspaceQueue: string;
  /** Whether it waits when a budget is exhausted, instead of failing. */
  waitsForBudget: boolean;
  /** Whether somebody helps an agent that goes round in circles. */
  hasManager: boolean;
  /** JSON Schema of its answer, for a task that no plan has; left out: the plan's, if it has one. */
  output?: JsonObject;
  /** It works in a worktree of its own; not there: in the folder as it is. */
  isolates?: true;
  /** It stands aside where others have changed the same lines (`workspace.on_overlap`); not there: it goes on. */
  standsAside?: true;
  /** Where it goes on, as it had begun in a slice of its run; left out: at its beginning. */
  from?: CarriedLoop;
  /** See `OrchestrateInput`. */
  moveAfterEvents?: number;
  /** What the execution before left, when the task went on as new; not heard in a start. */
  carried?: CarriedTaskRun;
}

/** Everything that the next execution of a task needs of this one: between two turns it waits for nothing. */
export interface CarriedTaskRun {
  loop: CarriedLoop;
  isPaused: boolean;
  /** Whether its end is told by signal. */
  isOnItsOwn: boolean;
}

/** The agent loop of an attempt, between two turns. Times in ms, `startedAt` since the epoch. */
export interface CarriedLoop {
  startedAt: number;
  waitedMs: number;
  state: LoopState;
}

/** What an agent loop knows between two turns. */
export interface LoopState {
  progress: AgentTaskProgress;
  head: string | null;
  prompt: CallModelInput['prompt'];
  history: string[];
  repairs: number;
  /** Of a program's agent, between two sessions. */
  foreign?: ForeignState;
}

/** What the attempt of a program's agent knows between two sessions. */
export interface ForeignState {
  session: number;
  from: ForeignFrom | null;
  decided: ForeignDecision[];
  /** Somebody said to go on although the provider asked to be left alone. */
  insists?: boolean;
}

/** How far an attempt came: its result, and the first detail of its failure. */
export interface AgentTaskProgress extends AttemptProgress<OutlineTask> {
  /** The branch that its work came to, of a task that works in a worktree of its own. */
  sealed?: SealedBranch;
  /** Its answer is JSON, though no plan says so. */
  isJson?: true;
  /** A slice has told the store of its end, and how long it took, in ms. */
  told?: { durationMs: number };
}

/** Workflow `agentTask`. */
export type AgentTask = (input: AgentTaskInput) => Promise<AgentTaskProgress>;

/** What an attempt tells its run (signal `taskReport`). */
export type TaskReport = { taskId: string } & (
  | { kind: 'wait'; request: WaitRequest }
  /** It stands still because the run is paused. */
  | { kind: 'idle' }
  /** It is a run itself that waits for somebody, or goes on. */
  | { kind: 'rests'; isResting: boolean }
  /** It added tasks that begin at once. */
  | { kind: 'begins'; tasks: OutlineTask[] }
  /** It waits for another agent, or goes on: meanwhile others may have its place. */
  | { kind: 'stands'; isStanding: boolean }
  /** Its call waits for its turn, and fits now: told by whoever gave something back. */
  | { kind: 'called-up' }
  /** What one of its calls waits for may be there: told by whoever did it. */
  | { kind: 'woken'; key: string }
  /** It goes on as new, so what goes to the execution that the run knows, as a cancel does, does not reach it any more. */
  | { kind: 'moves' }
  /** It has come to its end. */
  | { kind: 'ended'; attempt: number; end: TaskEnd }
);

/** What a task that is a part of its run hears of the steps of others. */
export type InnerReport = Extract<TaskReport, { kind: 'called-up' | 'woken' }>;

/** How an attempt ended, as it tells its run. */
export type TaskEnd =
  | { kind: 'done'; progress: AgentTaskProgress }
  | { kind: 'failed'; type: string; message: string; progress: AgentTaskProgress | null }
  | { kind: 'cancelled' };

/** What a run tells its attempts (signal `taskControl`). */
export type TaskControl =
  | { kind: 'paused'; isPaused: boolean }
  | { kind: 'answer'; answer: WaitAnswer }
  /** Limits of the run are others now, and in the store; or its call waits for its turn, and fits now. */
  | { kind: 'limits' }
  /** What one of its calls waits for may be there: told by whoever did it. */
  | { kind: 'woken'; key: string }
  /** The run goes on as new, so nobody hears of its end but by a report. */
  | { kind: 'on-your-own' };
