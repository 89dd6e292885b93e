import { toInstance } from '../../domain/ids/execution-id.ts';
import type { BranchEnd, RunResult, RunSummary, TaskResult } from '../../domain/run/run-result.ts';

/** The same result with its keys in the documented order, and its tasks in the order of the plan: the database keeps neither. */
export function arranged(result: RunResult, taskIds: Iterable<string>): RunResult {
  const { runId, workflow, status, reason, summary, outputs, outputErrors, branches, evaluation, evaluated } = result;
  const ids = inPlanOrder([...taskIds, ...Object.keys(result.tasks)]).filter((id) => Object.hasOwn(result.tasks, id));
  return {
    runId,
    workflow,
    status,
    reason,
    summary: arrangedSummary(summary),
    ...(outputs && { outputs }),
    ...(outputErrors && { outputErrors }),
    ...(branches && { branches: arrangedBranches(branches, ids) }),
    ...(evaluation && { evaluation }),
    ...(evaluated && { evaluated }),
    tasks: Object.fromEntries(ids.map((id) => [id, arrangedTask(result.tasks[id]!)])),
    compensations: result.compensations ?? [],
  };
}

// Those of tasks that the result does not name come behind the others.
function arrangedBranches(branches: NonNullable<RunResult['branches']>, ids: readonly string[]): typeof branches {
  const names = [...ids.filter((id) => Object.hasOwn(branches, id)), ...Object.keys(branches)];
  const entries = [...new Set(names)].map((id): [string, BranchEnd] => {
    const { status, branch, into, reason } = branches[id]!;
    return [id, { status, branch, into, reason }];
  });
  return Object.fromEntries(entries);
}

/** Executions of one task together, where the task stands: items and iterations by number, however they began. */
export function inPlanOrder(ids: readonly string[]): string[] {
  const parts = [...new Set(ids)].map((id) => {
    const { task, item, iteration } = toInstance(id);
    return { id, task, item: item ?? 0, iteration };
  });
  const place = new Map([...new Set(parts.map(({ task }) => task))].map((task, index) => [task, index]));
  return parts
    .toSorted((a, b) => place.get(a.task)! - place.get(b.task)! || a.item - b.item || a.iteration - b.iteration)
    .map(({ id }) => id);
}

function arrangedSummary(summary: RunSummary): RunSummary {
  const { totalTasks, successfulTasks, failedTasks, skippedTasks, totalTokens, totalDuration, ...rest } = summary;
  const { costUsd, estimatedCalls, uncountedCalls, refusedCalls, sessions, contexts } = rest;
  const { reusedTasks, compensatedTasks } = rest;
  // Results of older versions counted them as failed.
  const { cancelledTasks = 0 } = rest as Partial<RunSummary>;
  const ends = { successfulTasks, failedTasks, cancelledTasks, skippedTasks, reusedTasks, compensatedTasks };
  const counts = { totalTasks, ...ends };
  const bills = { ...(estimatedCalls && { estimatedCalls }), ...(uncountedCalls && { uncountedCalls }) };
  const calls = { ...bills, ...(refusedCalls && { refusedCalls }) };
  const cost = { costUsd, ...calls };
  return { ...counts, totalTokens, totalDuration, ...cost, sessions, contexts };
}

function arrangedTask(task: TaskResult): TaskResult {
  const { status, agent, context, output, durationMs, attempts, turns, usage, costUsd, error } = task;
  const { uncountedCalls, refusedCalls } = task;
  const cost = { costUsd, ...(uncountedCalls && { uncountedCalls }), ...(refusedCalls && { refusedCalls }) };
  return { status, agent, context, output, durationMs, attempts, turns, usage, ...cost, error };
}
