import type { BranchState } from '../domain/coding/coding-state.ts';
import type { JsonValue } from '../domain/json.ts';
import type { RunPriority } from '../domain/run-priority.ts';
import type { Wait } from '../domain/run/waits.ts';
import type { RunLabels } from '../domain/run-labels.ts';
import type { Usage } from '../domain/money/usage.ts';
import type { WaitCause } from '../domain/run/run-events.ts';
import type { RunSummary, TaskStatus } from '../domain/run/run-result.ts';

/** One task of a {@link RunView}: the keys of a result, and what is known before there is one. */
export interface TaskView {
  status: TaskStatus;
  agent: string;
  /** The member of the pool that did it. Left out: the plan has no pool, or nobody began it. */
  member?: string;
  context: string;
  /** The agent's last text, shortened; empty while it is at work. */
  output: string;
  /** So far, while it is at work. */
  durationMs: number;
  attempts: number;
  turns: number;
  tokens: number;
  /** What the tokens were; null while the run goes on. */
  usage: Usage | null;
  costUsd: number;
  /** Calls of models whose price nobody knows: not in `costUsd`. Left out: none. */
  uncountedCalls?: number;
  /** Tool calls that a rule or a person refused. Left out: none, or it is at work. */
  refusedCalls?: number;
  error: string | null;
  /** What it was given while the run lived. Left out: nothing. */
  priority?: RunPriority;
  /** What it waits for; null: nothing. */
  waitsFor: { cause: WaitCause; detail: string; since: string } | null;
}

/** What becomes of the undoing of one task. `what`: what undoes it. */
export interface CompensationView {
  taskId: string;
  taskEnded: boolean;
  status: 'running' | 'succeeded' | 'failed';
  what: string;
  error: string | null;
}

/** Something that waits for a person. `command` answers it on a terminal. */
export type WaitingView = Wait & { command: string };

/** An earlier run that a run goes on from. */
export interface LineageView {
  kind: 'retry' | 'fork' | 'reuse';
  run: string;
  runKey: string;
  from: string | null;
  redo: string[];
  only: string[] | null;
  /** What of the files had changed since that run, in words; null: nothing. Left out: nobody looked. */
  filesChanged?: string | null | undefined;
}

/**
 * A run as it stands or ended, as one JSON value: `gaffer show --json` prints it, {@link Run.view} returns it.
 *
 * Every key is there at any time. Times are ISO 8601, money is in USD.
 */
export interface RunView {
  runId: string;
  workflow: string;
  /** As the run says, or `parked` (nobody here works on it), or how Temporal ended it, such as `terminated`. */
  status: string;
  reason: string | null;
  startedAt: string;
  /** When it is to start, of a run that is `queued`. Left out: it has started. */
  startsAt?: string;
  endedAt: string | null;
  workspace: string;
  /** Folders of tasks that do not work in it, by task. */
  workspaces: Record<string, string>;
  board: string;
  summary: RunSummary;
  /** What the workflow file names as `outputs`, once the run has ended; null: it has no value, as `outputErrors` says. */
  outputs: Record<string, JsonValue>;
  /** Why outputs are null, by name. */
  outputErrors: Record<string, string>;
  tasks: Record<string, TaskView>;
  /** Branches of tasks that have worktrees of their own, by task, as they stand now. Left out: none has. */
  branches?: Readonly<Record<string, BranchState>>;
  compensations: CompensationView[];
  waiting: WaitingView[];
  /** Why nothing moves, if it is so and Temporal could be asked. */
  stuck: string | null;
  /** Which calls wait for their turn, as others hold the money back that they may cost; null: none does. */
  held: string | null;
  lineage: LineageView | null;
  /** Run whose answers it repeats, and the file that they come from. Left out: it is no replay. */
  replays?: { run: string; cassette: string };
  /** Run that it is a task of. Left out: it is a run by itself. */
  parent?: { run: string; task: string };
  /** What it was given while it lived. Left out: nothing. */
  priority?: RunPriority;
  /** The schedule that started it. Left out: none did. */
  schedule?: string;
  /** What people find it by. Left out: nothing. */
  labels?: RunLabels;
}
