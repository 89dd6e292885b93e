import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import { isHelper } from '../../domain/ids/worker-id.ts';
import type { RecordProgressInput } from '../../contracts/progress.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { RunResult, RunStop } from '../../domain/run/run-result.ts';
import { finishRun } from '../base/activity-proxies.ts';
import type { RunBooks } from '../books/run-books.ts';
import { toEndedTask } from '../books/work-item.ts';
import { describeFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import { startEvaluation } from '../evaluation/start-evaluation.ts';

const mostTasks = 200;

/** See `Crew.close`. */
export async function closeRun(books: RunBooks, stop: RunStop): Promise<RunResult> {
  const result = await writeResult(books, stop);
  await startEvaluation(result);
  if (result.status === 'failed') {
    const message = `${result.workflow} failed: ${result.reason}`;
    throw ApplicationFailure.create({ type: failureTypes.runFailed, message, details: [result], nonRetryable: true });
  }
  if (result.status === 'cancelled') throw new CancelledFailure(result.reason ?? 'cancelled', [result]);
  return result;
}

/** Writes the run's result. `rollback`: the execution that undid something after the run's end, and writes it anew. */
export async function writeResult(books: RunBooks, stop: RunStop, rollback?: string): Promise<RunResult> {
  const { last, lost } = await takeLast(books);
  const { runKey, runId, outline, compensations } = books;
  // The store has heard of every end. It is told again only what fits well into a payload, and only by an execution that saw it all.
  const isAll = rollback === undefined && books.startedHere && books.tasks.size <= mostTasks;
  // An agent that helps may not have heard of a cancel yet.
  const own = [...books.tasks.values()].filter(({ id }) => !isHelper(id));
  const tasks = isAll ? own.map(toEndedTask) : [];
  const durationMs = Date.now() - books.startedAt;
  const input = {
    runKey,
    runId,
    workflow: outline.name,
    stop: withLost(stop, lost),
    durationMs,
    tasks,
    compensations,
    ...(books.handled.length > 0 && { handled: [...books.handled] }),
    last,
    ...(rollback === undefined ? {} : { rollback }),
  };
  const toRest = insist();
  const write = (): Promise<RunResult> =>
    finishRun(input).catch((error: unknown) => {
      const rest = toRest(error);
      if (rest) return rest.then(write);
      // What cannot be written must not keep the run from its end.
      if (last === null) throw error;
      return finishRun({ ...input, stop: withLost(stop, error), last: null });
    });
  const result = await write();
  const { totalTokens: tokens, costUsd } = result.summary;
  books.result = result;
  const { grade } = result.evaluated ?? {};
  books.display.set({ status: result.status, tokens, costUsd, ...(grade && { grade }) });
  books.display.now();
  books.keepEnd();
  return result;
}

async function takeLast(books: RunBooks): Promise<{ last: RecordProgressInput | null; lost: unknown }> {
  try {
    const last = await books.takeLast();
    return { last, lost: books.log.failure };
  } catch (error) {
    return { last: null, lost: error };
  }
}

// A run of whose story something is missing has not come to its own end, whatever its tasks say.
function withLost(stop: RunStop, lost: unknown): RunStop {
  return lost === undefined ? stop : (stop ?? { kind: 'failed', reason: describeFailure(lost).message });
}
