import { preview } from '../fingerprint.ts';
import { legacyStop } from './legacy-words.ts';
import type {
  CompensationResult,
  RunEnd,
  RunResult,
  RunStop,
  RunSummary,
  TaskResult,
  TaskStatus,
} from './run-result.ts';
import { addUsd } from '../money/money.ts';
import type { Usage } from '../money/usage.ts';
import { totalTokens } from '../money/usage.ts';

/*
 * How a run ended, from what became of its tasks: one rule, for the result, the store, the events and every face.
 *
 * E1 Never `succeeded` over missing work: a task that failed, was given up or undone is missing, whoever tolerated it.
 * E2 A result taken over from an earlier run is work that was done; a task that its own condition skipped is no work at all.
 * E4 What a script had done anew after a failure, and got, is not missing: the failure is still among the tasks.
 * E3 A run whose work was undone is no `partial` one: nothing of it can be relied on.
 */

type TaskEnd = Pick<TaskResult, 'status' | 'error' | 'isHandled'>;

/**
 * How a run ended and why. Nothing succeeded → failed; some of it missing → partial; undone → failed (E1 to E3).
 *
 * @param compensations what was undone; the reason says so whatever the end is
 */
export function endOfRun(
  tasks: Readonly<Record<string, TaskEnd>>,
  stop: RunStop,
  compensations: readonly CompensationResult[] = [],
): { status: RunEnd; reason: string | null } {
  const undone = undoneText(compensations);
  if (stop) return { status: stop.kind, reason: joined(stop.reason, undone) };
  const results = Object.entries(tasks);
  const missing = results.filter(([, task]) => isMissing(task));
  const isUndone = undone !== null || missing.some(([, task]) => task.status === 'compensated');
  if (isUndone) return { status: 'failed', reason: joined(missingText(missing, results.length), undone ?? 'undone') };
  if (missing.length === 0) return { status: 'succeeded', reason: null };
  const hasWork = results.some(([, { status }]) => status === 'succeeded' || status === 'reused');
  return { status: hasWork ? 'partial' : 'failed', reason: missingText(missing, results.length) };
}

/** What ended a run from outside of its tasks: for whoever undoes its work later, or says why it ended. */
export function stopOf({ stop, ...end }: Pick<RunResult, 'status' | 'reason' | 'stop'>): RunStop {
  return stop === undefined ? legacyStop(end) : stop;
}

/** Whether work of the plan was not done (E1, E2). */
function isMissing({ status, error, isHandled }: TaskEnd): boolean {
  if (isHandled) return false;
  if (status === 'skipped') return error !== null;
  return status !== 'succeeded' && status !== 'reused';
}

function missingText(missing: readonly (readonly [string, TaskEnd])[], all: number): string | null {
  // What went wrong says more than what was undone or skipped because of it.
  const rank = ({ status, error }: TaskEnd): number =>
    Number(error === null) + (status === 'failed' ? 0 : status === 'cancelled' ? 2 : 4);
  const [first] = missing.toSorted(([, a], [, b]) => rank(a) - rank(b));
  if (!first) return null;
  const [id, { status, error }] = first;
  return `${missing.length} of ${all} tasks did not succeed; the first is "${id}": ${error ?? status}`;
}

/** What became of all undoing, in one line; null: nothing was undone. */
export function undoneText(compensations: readonly CompensationResult[]): string | null {
  if (compensations.length === 0) return null;
  const failed = compensations.filter(({ status }) => status === 'failed');
  const done = compensations.length - failed.length;
  const head = `rolled back: ${done} of ${compensations.length} undone`;
  return failed[0] ? `${head}, first that could not be: ${failed[0].taskId}: ${failed[0].error ?? 'failed'}` : head;
}

function joined(...parts: (string | null)[]): string {
  return parts.filter(Boolean).join('; ');
}

/** How many tasks there are, and how many ended in which way. */
export type OutcomeCounts = Pick<
  RunSummary,
  | 'totalTasks'
  | 'successfulTasks'
  | 'failedTasks'
  | 'cancelledTasks'
  | 'skippedTasks'
  | 'reusedTasks'
  | 'compensatedTasks'
>;

/** How many tasks ended in which way: the same numbers in a result, a list and a running story. One that is still open is none of them. */
export function countOutcomes(statuses: Iterable<TaskStatus>): OutcomeCounts {
  const all = [...statuses];
  const count = (...wanted: TaskStatus[]): number => all.filter((status) => wanted.includes(status)).length;
  return {
    totalTasks: all.length,
    successfulTasks: count('succeeded', 'reused'),
    failedTasks: count('failed'),
    cancelledTasks: count('cancelled'),
    skippedTasks: count('skipped'),
    reusedTasks: count('reused'),
    compensatedTasks: count('compensated'),
  };
}

// In a run that is over, what never began was left out.
function isUnbegun(status: TaskStatus): boolean {
  return status === 'pending' || status === 'ready';
}

/**
 * Counts and sums of a run. `durationMs` is the run's own, from its start.
 *
 * @param besides what was spent outside of tasks: agents that undo, managers that help
 * @param ofCalls how many of all calls have a bill that the provider did not tell whole, and how many cost what nobody knows
 */
export function summarize(
  tasks: Readonly<Record<string, TaskResult>>,
  durationMs: number,
  besides: readonly { usage: Usage; costUsd: number }[] = [],
  { estimatedCalls, uncountedCalls } = { estimatedCalls: 0, uncountedCalls: 0 },
): RunSummary {
  const all = Object.values(tasks);
  const worked = all.filter((task) => task.turns > 0);
  const spent = [...all, ...besides];
  const refusedCalls = all.reduce((sum, task) => sum + (task.refusedCalls ?? 0), 0);
  return {
    ...countOutcomes(all.map(({ status }) => (isUnbegun(status) ? 'skipped' : status))),
    totalTokens: spent.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
    totalDuration: durationMs,
    costUsd: addUsd(...spent.map(({ costUsd }) => costUsd)),
    ...(estimatedCalls > 0 && { estimatedCalls }),
    ...(uncountedCalls > 0 && { uncountedCalls }),
    ...(refusedCalls > 0 && { refusedCalls }),
    sessions: new Set(worked.map((task) => task.agent)).size,
    contexts: new Set(worked.map((task) => task.context)).size,
  };
}

/** Type of the failure of a task whose workflow did not succeed. */
export const nestedFailure = 'WorkflowNotDone';

/** Whether a value is how a run ended, as its workflow returns it or gives it as the detail of its failure. */
export function isRunResult(value: unknown): value is RunResult {
  return (
    typeof value === 'object' && value !== null && 'runId' in value && 'summary' in value && 'compensations' in value
  );
}

/** How far a task came that is a run, from how that run ended. */
export function progressOfRun({ head, outputs, reason, status, summary }: RunResult) {
  const { totalTokens: tokens, costUsd, uncountedCalls = 0 } = summary;
  const said = status === 'succeeded' && outputs ? JSON.stringify(outputs) : (reason ?? status);
  return {
    ...{ head: head ?? null, preview: preview(said, 300), turns: 1, tokens, costUsd, added: [], isJson: true as const },
    ...(uncountedCalls > 0 && { isUncounted: true as const }),
  };
}

/** Why a task failed that is a run: one that only came to a part of what it was asked for has not done it. */
export function whyNotDone({ runId, status, reason }: RunResult): string {
  return `its workflow ${runId} ${status === 'partial' ? 'did a part of it' : `is ${status}`}: ${reason ?? 'see there'}`;
}
