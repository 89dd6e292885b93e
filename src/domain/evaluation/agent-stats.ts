/** What an agent did over all runs that are kept: executions of tasks that came to an end and were not taken over. Money in USD, times in ms. */
export interface AgentStats {
  agent: string;
  runs: number;
  tasks: number;
  succeeded: number;
  /** 0 to 1; 0 where there are no tasks. */
  successRate: number;
  attempts: number;
  meanDurationMs: number;
  costUsd: number;
  meanCostUsd: number;
  /** With cached ones. */
  tokens: number;
  /** What evaluations gave its tasks, 0 to 100, the newest evaluation of each run; null: none did. */
  scores: { count: number; mean: number | null; least: number | null };
}
