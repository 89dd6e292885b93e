import type { Grade } from '../grades.ts';
import type { CheckKind } from '../plan/plan-checks.ts';
import type { RunEnd, TaskStatus } from '../run/run-result.ts';
import type { Recommendation } from './recommendation.ts';

/** What became of one check. */
export interface CheckResult {
  name: string;
  kind: CheckKind['kind'];
  weight: number;
  /** 0 to 100; null: it could not be looked at, and counts for nothing. */
  score: number | null;
  /** Why, in a line. */
  detail: string;
}

/** What a task took, and what went wrong in it, over all of its executions. Times in ms, money in USD, tokens with cached ones. */
export interface TaskMeasures {
  agent: string;
  /** How many executions it had: the members of a `for_each`, the last time around of a loop. */
  executions: number;
  succeeded: number;
  /** In this run: those of results that were taken over are not among them. */
  attempts: number;
  durationMs: number;
  tokens: number;
  costUsd: number;
  turns: number;
  toolCalls: number;
  /** Calls that gave an error; those that were forbidden are not among them. */
  toolErrors: number;
  /** How often its agent went round in circles. */
  loops: number;
}

/** How a task was. */
export interface TaskEvaluation extends TaskMeasures {
  status: TaskStatus;
  /** 0 to 100, of its checks, or where it has none of how it went; null: its own condition skipped it, or it never ended. */
  score: number | null;
  checks: CheckResult[];
}

/** How it went: whether, how quickly and in how many attempts its tasks were done. `score` 0 to 100. */
export interface Performance {
  score: number;
  durationMs: number;
  /** Share of executions that succeeded, 0 to 1. */
  successRate: number;
  executions: number;
  attempts: number;
}

/** How clean it went. `score` 0 to 100. */
export interface Quality {
  score: number;
  /** Share of attempts that failed, 0 to 1. */
  errorRate: number;
  toolCalls: number;
  toolErrors: number;
  loops: number;
}

/** What came out of looking at a run: the same JSON in `gaffer evaluate --json`, the API and the store. */
export interface Evaluation {
  version: 1;
  /** The run that was evaluated, and how it ended. */
  runId: string;
  workflow: string;
  status: RunEnd;
  /** The run that evaluated it. */
  by: string;
  /** Which case of the workflow it was: the hash of its inputs. */
  case: string;
  grade: Grade;
  /** 0 to 100. */
  score: number;
  /** The weighted mean of all checks; null: there are none, or none could be looked at. */
  checksScore: number | null;
  /** Whether every check could be looked at. */
  isComplete: boolean;
  performance: Performance;
  quality: Quality;
  costUsd: number;
  totalTokens: number;
  /** What the evaluation itself cost, in USD. */
  evaluationCostUsd: number;
  /** Checks of the run as a whole. */
  checks: CheckResult[];
  /** By the ids of the plan. */
  tasks: Record<string, TaskEvaluation>;
}

/** An evaluation as it is kept; `at` is ISO 8601. */
export type KeptEvaluation = Evaluation & { at: string };

/** An evaluation with what it gives reason to do, beside those of earlier runs of the workflow. */
export type EvaluationReport = KeptEvaluation & { recommendations: Recommendation[] };
