import type { JsonValue } from './json.ts';
import type { ToolName } from './tool-names.ts';

/**
 * Who does a task. Frozen into the run with everything else of the Plan.
 *
 * `model` is a full model id (aliases are already resolved); `maxTokens` limits one answer, in tokens; `maxTurns` the model calls of one task.
 */
export interface Agent {
  name: string;
  description: string;
  model: string;
  tools: ToolName[];
  maxTurns: number;
  maxTokens: number;
  system: string;
}

/** What a run may use at most. Times in ms, money in USD; `tokens` null means no limit on tokens. */
export interface PlanLimits {
  maxParallel: number;
  timeoutMs: number;
  tokens: number | null;
  usd: number;
  onExceeded: 'fail';
}

/** One node of the graph. `prompt` has its expressions already filled in. */
export interface PlanTask {
  id: string;
  /** Index into {@link Plan.phases}; null for a task outside of phases. */
  phase: number | null;
  /** The conversation it continues. */
  context: string;
  /** Key of {@link Plan.agents}. */
  agent: string;
  prompt: string;
  dependsOn: PlanDependency[];
  /** Waits until every task of that phase has ended, failed or not; null: no such wait. */
  afterPhase: number | null;
  retry: { maxAttempts: number; backoffMs: number };
  /** Limit of one attempt in ms; null: only the run's limit. */
  timeoutMs: number | null;
}

/** An edge: `any_end` waits for the other task's end, `all_success` for its success. */
export interface PlanDependency {
  task: string;
  on: 'all_success' | 'any_end';
  /** Why the edge is there: written by the user, order inside a sequential phase, or the same context. */
  from: 'explicit' | 'sequence' | 'context';
}

/** A named group of tasks; the next phase begins when all of them have ended. */
export interface PlanPhase {
  name: string;
  executionMode: 'sequential' | 'parallel';
}

/**
 * The one normal form of what a user wrote: nothing after it knows the format it came from.
 *
 * Plain JSON, hashed and stored whole; `tasks` stand in topological order.
 */
export interface Plan {
  version: 1;
  name: string;
  description: string;
  manager: string | null;
  /** Absolute path of the folder that tools work in. */
  workspace: string;
  inputs: Record<string, JsonValue>;
  limits: PlanLimits;
  context: { maxMessages: number };
  phases: PlanPhase[];
  tasks: PlanTask[];
  agents: Record<string, Agent>;
}

/** Defaults of a run that a definition leaves open (design section 5, issue 3). */
export const planDefaults = {
  limits: { maxParallel: 10, timeoutMs: 2 * 60 * 60 * 1000, tokens: null, usd: 5, onExceeded: 'fail' },
  context: { maxMessages: 50 },
  retry: { maxAttempts: 1, backoffMs: 2000 },
  agent: { model: 'claude-sonnet-4-6', maxTurns: 50, maxTokens: 8192 },
} as const;
