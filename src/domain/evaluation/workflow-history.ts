import type { RunStatus } from '../run/run-result.ts';

/** What the newest runs of a workflow took. Money in USD, times in ms; numbers are over those that have ended. */
export interface WorkflowHistory {
  /** The name that its runs have. */
  workflow: string;
  /** How many were looked at, and how many of them have ended. */
  runs: number;
  ended: number;
  succeeded: number;
  /** 0 to 1; null: none has ended. */
  successRate: number | null;
  /** Half of them took at most this long, and 95 of 100; null: none has ended. */
  p50Ms: number | null;
  p95Ms: number | null;
  meanCostUsd: number | null;
  /** The newest; null: there are none. */
  last: { runId: string; status: RunStatus; at: string } | null;
}

/** One of those runs. */
export interface PastRun {
  runId: string;
  status: RunStatus;
  /** ISO 8601. */
  startedAt: string;
  /** Null: it goes on. */
  durationMs: number | null;
  costUsd: number;
}
