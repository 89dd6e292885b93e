/** What a part of a run may spend: USD, and tokens with cached ones; null: no limit of its own. */
export interface SpendLimit {
  usd: number | null;
  tokens: number | null;
}

/** What a run may use at most. Times in ms, money in USD; null means no limit. */
export interface PlanLimits {
  maxParallel: number;
  timeoutMs: number;
  tokens: number | null;
  usd: number;
  /** What happens when the next call would not fit: the run waits for a person, or ends as stopped. */
  onExceeded: 'pause' | 'fail';
  /** Breaker on speed: more than this spent within one minute counts as exceeded. */
  usdPerMinute: number | null;
  /** Where the agent loop runs: a child workflow per task, inside of `orchestrate`, or in slices until a task earns a workflow of its own. */
  tasks: 'child' | 'inline' | 'auto';
  /** Limit of each task, retries included, unless it has one of its own. */
  perTask: SpendLimit;
  /** Limits of agents over the whole run, by name. */
  perAgent: Record<string, SpendLimit>;
  /** How deep tasks may add tasks: 1 = tasks of the plan may, theirs may not. */
  maxDepth: number;
  /** How many tasks one task may add. */
  maxFanOut: number;
  /** How many tasks may be added to a run in all. */
  maxAddedTasks: number;
}
