import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import type { EndedTask, RecordProgressInput } from '../../contracts/progress.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { RunResult, RunStop } from '../../domain/run/run-result.ts';
import { finishRun } from '../base/activity-proxies.ts';
import type { Crew } from './crew.ts';
import type { TaskState } from '../books/work-item.ts';
import { describeFailure } from '../base/failures.ts';

const mostTasks = 200;

/** See `Crew.close`. */
export async function closeRun(crew: Crew, stop: RunStop): Promise<RunResult> {
  const result = await writeResult(crew, stop);
  if (result.status === 'failed') {
    const message = `${result.workflow} failed: ${result.reason}`;
    throw ApplicationFailure.create({ type: failureTypes.runFailed, message, details: [result], nonRetryable: true });
  }
  if (result.status === 'cancelled') throw new CancelledFailure(result.reason ?? 'cancelled', [result]);
  return result;
}

/** Writes the run's result. `rollback`: the execution that undid something after the run's end, and writes it anew. */
export async function writeResult(crew: Crew, stop: RunStop, rollback?: string): Promise<RunResult> {
  const { last, lost } = await takeLast(crew);
  const { runKey, runId, outline, compensations } = crew;
  // The store has heard of every end. It is told again only what fits well into a payload, and only by an execution that saw it all.
  const isAll = rollback === undefined && crew.startedHere && crew.tasks.size <= mostTasks;
  const tasks = isAll ? [...crew.tasks.values()].map(toEnded) : [];
  const durationMs = Date.now() - crew.startedAt;
  const input = {
    runKey,
    runId,
    workflow: outline.name,
    stop: withLost(stop, lost),
    durationMs,
    tasks,
    compensations,
    last,
    ...(rollback === undefined ? {} : { rollback }),
  };
  const result = await finishRun(input).catch((error: unknown) => {
    // What cannot be written must not keep the run from its end.
    if (last === null) throw error;
    return finishRun({ ...input, stop: withLost(stop, error), last: null });
  });
  const { totalTokens: tokens, costUsd } = result.summary;
  crew.display.set({ status: result.status, tokens, costUsd });
  crew.display.now();
  return result;
}

async function takeLast(crew: Crew): Promise<{ last: RecordProgressInput | null; lost: unknown }> {
  try {
    const last = await crew.takeLast();
    return { last, lost: crew.log.failure };
  } catch (error) {
    return { last: null, lost: error };
  }
}

// A run of whose story something is missing has not come to its own end, whatever its tasks say.
function withLost(stop: RunStop, lost: unknown): RunStop {
  return lost === undefined ? stop : (stop ?? { kind: 'failed', reason: describeFailure(lost).message });
}

function toEnded({ id, status, agent, context, durationMs, attempts, error, head }: TaskState): EndedTask {
  return { id, status, agent, context, durationMs, attempts, error, head };
}
