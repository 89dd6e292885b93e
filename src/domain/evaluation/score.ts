import { gradeOf } from '../grades.ts';
import type { RunEnd, TaskStatus } from '../run/run-result.ts';
import type { CheckResult, Evaluation, Performance, Quality, TaskEvaluation, TaskMeasures } from './evaluation.ts';

/*
 * How checks and measures become scores and a grade: one place, which docs/evaluation.md repeats in words.
 *
 * G1 What could not be looked at counts for nothing: neither for nor against.
 * G2 What a task did not come to is not good: its checks are 0 when it failed, without anybody looking.
 * G3 A run that did not do all of its work is never better than FAIR, one that failed never better than POOR.
 */

/** What counts how much, together 1. */
const scoreWeights = {
  withChecks: { checks: 0.6, performance: 0.2, quality: 0.2 },
  withoutChecks: { performance: 0.5, quality: 0.5 },
} as const;

/** Points that each loop takes, of a task and of a run. */
const pointsPerLoop = 20;
/** Points that a task loses by each attempt after the first one. */
const pointsPerRetry = 20;
/** Most points that a task loses by errors of its tools: if every call is one. */
const pointsOfToolErrors = 30;
/** What of performance depends on how many attempts were needed. */
const shareOfAttempts = 0.3;

const bestOfPartial = 74;
const bestOfFailed = 59;

/** A task as it is scored. */
export interface ScoredTask {
  status: TaskStatus;
  measures: TaskMeasures;
  checks: CheckResult[];
}

/** What a run is scored by. */
export interface ScoredRun extends Pick<
  Evaluation,
  'runId' | 'workflow' | 'status' | 'by' | 'case' | 'costUsd' | 'totalTokens' | 'evaluationCostUsd' | 'checks'
> {
  durationMs: number;
  tasks: Readonly<Record<string, ScoredTask>>;
}

/** The evaluation of a run. Pure: the same facts always give the same one. */
export function evaluate({ durationMs, tasks: given, ...run }: ScoredRun): Evaluation {
  const tasks = Object.fromEntries(Object.entries(given).map(([id, task]) => [id, evaluateTask(task)]));
  const each = Object.values(tasks);
  const all = [...run.checks, ...each.flatMap(({ checks }) => checks)];
  const checksScore = meanOf(all);
  const performance = performanceOf(each, durationMs);
  const quality = qualityOf(each);
  const score = capped(
    total({ checks: checksScore, performance: performance.score, quality: quality.score }),
    run.status,
  );
  return {
    ...{ version: 1, runId: run.runId, workflow: run.workflow, status: run.status, by: run.by, case: run.case },
    ...{ grade: gradeOf(score), score, checksScore, isComplete: all.every((check) => check.score !== null) },
    ...{ performance, quality, costUsd: run.costUsd, totalTokens: run.totalTokens },
    ...{ evaluationCostUsd: run.evaluationCostUsd, checks: run.checks, tasks },
  };
}

/** The weighted mean of checks (G1); null: none could be looked at. */
function meanOf(checks: readonly CheckResult[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const { score, weight } of checks) {
    if (score === null) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? null : toScore(sum / weights);
}

/** A number as a score: 0 to 100, with one digit behind the point. */
export function toScore(value: number): number {
  return Math.round(Math.min(100, Math.max(0, value)) * 10) / 10;
}

function evaluateTask({ status, measures, checks }: ScoredTask): TaskEvaluation {
  const score = isCounted(status) ? (meanOf(checks) ?? ownScore(measures)) : null;
  return { status, score, ...measures, checks };
}

/** Whether a task counts at all: what never ended, or what its own condition skipped, does not. */
function isCounted(status: TaskStatus): boolean {
  return ['succeeded', 'reused', 'failed', 'compensated'].includes(status);
}

function ownScore({ executions, succeeded, attempts, toolCalls, toolErrors, loops }: TaskMeasures): number {
  if (executions === 0) return 0;
  const retries = Math.max(0, attempts - executions) / executions;
  const errors = toolCalls === 0 ? 0 : toolErrors / toolCalls;
  const lost = retries * pointsPerRetry + errors * pointsOfToolErrors + loops * pointsPerLoop;
  return toScore((100 - lost) * (succeeded / executions));
}

function performanceOf(tasks: readonly TaskEvaluation[], durationMs: number): Performance {
  const counted = tasks.filter(({ status }) => isCounted(status));
  const executions = sum(counted, ({ executions: count }) => count);
  const attempts = sum(counted, ({ attempts: count }) => count);
  const successRate = executions === 0 ? 0 : sum(counted, ({ succeeded }) => succeeded) / executions;
  // What was taken over from an earlier run took no attempt: it makes up for no retry of others.
  const needed = sum(counted, (task) => Math.max(task.attempts, task.executions));
  const economy = needed === 0 ? 1 : executions / needed;
  const score = toScore(100 * successRate * (1 - shareOfAttempts + shareOfAttempts * economy));
  return { score, durationMs, successRate, executions, attempts };
}

function qualityOf(tasks: readonly TaskEvaluation[]): Quality {
  const attempts = sum(tasks, (task) => task.attempts);
  // What was cut off did not fail: of a task that did not come to its end only the attempts before the last one did.
  const failed = sum(tasks, (task) =>
    Math.max(0, task.attempts - (isCounted(task.status) ? task.succeeded : task.executions)),
  );
  const errorRate = attempts === 0 ? 0 : failed / attempts;
  const toolCalls = sum(tasks, (task) => task.toolCalls);
  const toolErrors = sum(tasks, (task) => task.toolErrors);
  const loops = sum(tasks, (task) => task.loops);
  const toolErrorRate = toolCalls === 0 ? 0 : toolErrors / toolCalls;
  const score = toScore(100 * (1 - errorRate) * (1 - toolErrorRate) - loops * pointsPerLoop);
  return { score, errorRate, toolCalls, toolErrors, loops };
}

function total(parts: { checks: number | null; performance: number; quality: number }): number {
  const { checks, performance, quality } = parts;
  if (checks === null) {
    const { performance: p, quality: q } = scoreWeights.withoutChecks;
    return p * performance + q * quality;
  }
  const { checks: c, performance: p, quality: q } = scoreWeights.withChecks;
  return c * checks + p * performance + q * quality;
}

// G3
function capped(score: number, status: RunEnd): number {
  const most = status === 'succeeded' ? 100 : status === 'failed' ? bestOfFailed : bestOfPartial;
  return Math.min(toScore(score), most);
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
