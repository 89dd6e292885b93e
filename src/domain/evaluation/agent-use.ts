/** What an agent did with one model, in the newest runs. Money in USD, times in ms. */
export interface AgentUse {
  agent: string;
  /** As the plan names it, or as it was chosen where the plan leaves that open. */
  model: string;
  runs: number;
  /** Executions of tasks that came to an end; those that were taken over do not count. */
  tasks: number;
  succeeded: number;
  meanDurationMs: number;
  costUsd: number;
}

/** A run in which an agent did something. */
export interface AgentRun {
  runId: string;
  workflow: string;
  status: string;
  /** ISO 8601. */
  startedAt: string;
  tasks: number;
  failed: number;
  costUsd: number;
}
