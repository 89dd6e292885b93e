import type { Grade } from '../grades.ts';
import type { JsonValue } from '../json.ts';
import type { Usage } from '../money/usage.ts';

/** What has become of the branch of a task. `ready`: it is left, as nobody asked for more. */
export interface BranchEnd {
  status: 'ready' | 'queued' | 'merged' | 'conflict' | 'rejected' | 'waiting';
  branch: string;
  /** The branch that it is in, or was to go into; null: nobody said. */
  into: string | null;
  /** Why it is not in; null: it is, or nobody asked. */
  reason: string | null;
}

/** How a run ended. */
export type RunEnd = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'stopped';

/** Why a run was ended from outside of its tasks; null: it was not. */
export type RunStop = { kind: 'cancelled' | 'stopped' | 'failed'; reason: string } | null;

/** How a run is, or ended. `pausing`: calls in flight still end; `waiting`: for a person, a limit to be raised or a provider. */
export type RunStatus = RunEnd | 'queued' | 'running' | 'pausing' | 'paused' | 'waiting' | 'compensating';

/** Every {@link RunStatus}. */
export const runStatuses: readonly RunStatus[] = [
  'queued',
  'running',
  'pausing',
  'paused',
  'waiting',
  'compensating',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
  'stopped',
];

/** Every {@link TaskStatus}. */
export const taskStatuses = [
  'pending',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
  'reused',
  'compensated',
] as const;

/**
 * How a task is, or ended. `reused`: its result was taken over from an earlier run; `compensated`: what it did was undone.
 */
export type TaskStatus = (typeof taskStatuses)[number];

/**
 * One task of a {@link RunResult}. `output` is the agent's last text, shortened; the whole one is in the transcript.
 *
 * A skipped task without an `error` was skipped by its own condition, so nothing is missing.
 */
export interface TaskResult {
  status: TaskStatus;
  /** Its script asked again after it failed, and got an answer: nothing is missing. */
  isHandled?: true;
  agent: string;
  context: string;
  output: string;
  durationMs: number;
  attempts: number;
  usage: Usage;
  costUsd: number;
  /** As in the summary. */
  uncountedCalls?: number;
  /** As in the summary. */
  refusedCalls?: number;
  turns: number;
  error: string | null;
}

/** Numbers of a whole run. `totalDuration` in ms, `totalTokens` with cached ones. */
export interface RunSummary {
  totalTasks: number;
  successfulTasks: number;
  failedTasks: number;
  /** Tasks that were cut off while they were at work. */
  cancelledTasks: number;
  skippedTasks: number;
  /** Tasks whose result was taken over from an earlier run. */
  reusedTasks: number;
  /** Tasks whose effects were undone. */
  compensatedTasks: number;
  totalTokens: number;
  totalDuration: number;
  costUsd: number;
  /** Calls whose cost the provider did not tell whole: what was reserved for the rest is counted. Left out: none. */
  estimatedCalls?: number;
  /** Calls of models whose price nobody knows: they are not in `costUsd`, and were not free. Left out: none. */
  uncountedCalls?: number;
  /** Tool calls that did not run, as a rule or a person forbade them. Left out: none. */
  refusedCalls?: number;
  sessions: number;
  contexts: number;
}

/** The result of a run: the same JSON in `gaffer run --json`, the API and the store. */
export interface RunResult {
  runId: string;
  workflow: string;
  status: RunEnd;
  reason: string | null;
  /** What ended it from outside of its tasks; left out by earlier versions. */
  stop?: RunStop;
  summary: RunSummary;
  /** What the workflow file names as `outputs`, by name; null: it has no value, as `outputErrors` says. Left out: the file names none. */
  outputs?: Record<string, JsonValue>;
  /** Why outputs are null, by name. Left out: none is. */
  outputErrors?: Record<string, string>;
  tasks: Record<string, TaskResult>;
  /** Branches of its tasks, by these. Left out: there are none. */
  branches?: Record<string, BranchEnd>;
  /** Of a run that is a task of another one: the message there that has what came out of it. */
  head?: string;
  /** Run that evaluates this one, as its file says, and the hash of that run's plan. Left out: none does by itself. */
  evaluation?: { run: string; plan: string };
  /** Of a run that evaluates another one: which, and what came of it. */
  evaluated?: { run: string; grade: Grade; score: number };
  /** What was undone, in the order in which it was; empty: nothing was. */
  compensations: CompensationResult[];
}

/** What became of the compensation of one task. `taskEnded`: whether the task had come to its end when it was undone. */
export interface CompensationResult {
  taskId: string;
  taskEnded: boolean;
  status: 'succeeded' | 'failed';
  error: string | null;
}
