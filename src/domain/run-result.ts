import type { Usage } from './usage.ts';

/** How a run ended. */
export type RunEnd = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'stopped';

/** How a run is, or ended. */
export type RunStatus = RunEnd | 'queued' | 'running';

/** How a task is, or ended. */
export type TaskStatus = 'pending' | 'ready' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** One task of a {@link RunResult}. `output` is the agent's last text, shortened; the whole one is in the transcript. */
export interface TaskResult {
  status: TaskStatus;
  agent: string;
  context: string;
  output: string;
  durationMs: number;
  attempts: number;
  usage: Usage;
  costUsd: number;
  turns: number;
  error: string | null;
}

/** Numbers of a whole run. `totalDuration` in ms, `totalTokens` with cached ones. */
export interface RunSummary {
  totalTasks: number;
  successfulTasks: number;
  failedTasks: number;
  skippedTasks: number;
  totalTokens: number;
  totalDuration: number;
  costUsd: number;
  sessions: number;
  contexts: number;
}

/** The result of a run: the same JSON in `gaffer run --json`, the API and the store (design section 7). */
export interface RunResult {
  runId: string;
  workflow: string;
  status: RunEnd;
  reason: string | null;
  summary: RunSummary;
  tasks: Record<string, TaskResult>;
}
