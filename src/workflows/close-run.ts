import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import type { EndedTask } from '../contracts/activities.ts';
import { failureTypes } from '../domain/failure-types.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunResult } from '../domain/run-result.ts';
import { finishRun } from './activity-proxies.ts';
import type { Crew } from './crew.ts';
import type { TaskState } from './crew-task.ts';

const mostTasks = 200;

/** See `Crew.close`. */
export async function closeRun(crew: Crew, stop: RunStop): Promise<RunResult> {
  const last = await crew.takeLast();
  const { runKey, runId, outline, compensations } = crew;
  // The store has heard of every end. It is told again only what fits well into a payload, and only by an execution that saw it all.
  const isAll = crew.startedHere && crew.tasks.size <= mostTasks;
  const tasks = isAll ? [...crew.tasks.values()].map(toEnded) : [];
  const durationMs = Date.now() - crew.startedAt;
  const result = await finishRun({
    runKey,
    runId,
    workflow: outline.name,
    stop,
    durationMs,
    tasks,
    compensations,
    last,
  });
  const { totalTokens: tokens, costUsd } = result.summary;
  crew.display.set({ status: result.status, tokens, costUsd });
  crew.display.now();
  if (result.status === 'failed') {
    const message = `${result.workflow} failed: ${result.reason}`;
    throw ApplicationFailure.create({ type: failureTypes.runFailed, message, details: [result], nonRetryable: true });
  }
  if (result.status === 'cancelled') throw new CancelledFailure(result.reason ?? 'cancelled', [result]);
  return result;
}

function toEnded({ id, status, agent, context, durationMs, attempts, error, head }: TaskState): EndedTask {
  return { id, status, agent, context, durationMs, attempts, error, head };
}
