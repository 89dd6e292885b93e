/*
 * U1 What never came to its end is undone first, then the rest in reverse order of its end.
 * U2 A cancel does not reach a compensation; one that fails does not stop the others.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { CompensationResult } from '../domain/run-result.ts';
import { compensate } from './activity-proxies.ts';
import type { Crew } from './crew.ts';
import { describeFailure } from './failures.ts';
import type { PlanRun } from './plan-run.ts';
import { outlineOptions } from '../domain/outline.ts';

/** One task to undo. */
export interface Undo {
  taskId: string;
  /** Whether it had come to its end. */
  taskEnded: boolean;
}

/** What a run has to undo, in the order in which it is undone (U1). */
export function undoList(run: PlanRun): Undo[] {
  const ended = new Map(run.endOrder.map((id, index) => [id, index]));
  return [...run.crew.tasks.values()]
    .filter((state) => state.attempts > 0 && outlineOptions(run.taskOf(state.id)).canCompensate)
    .map(({ id }) => ({ taskId: id, taskEnded: ended.has(id), order: ended.get(id) ?? Infinity }))
    .toReversed()
    .toSorted((a, b) => (a.order === b.order ? 0 : b.order - a.order))
    .map(({ taskId, taskEnded }) => ({ taskId, taskEnded }));
}

/** Undoes tasks one after the other (U2), and keeps what became of each in `crew.compensations`. */
export async function undoAll(crew: Crew, list: readonly Undo[]): Promise<void> {
  if (list.length === 0) return;
  await CancellationScope.nonCancellable(async () => {
    crew.control.isCompensating = true;
    for (const undo of list) {
      const error = await undoOne(crew, undo);
      crew.compensations.push({
        ...undo,
        status: error === null ? 'succeeded' : 'failed',
        error,
      } satisfies CompensationResult);
      const state = crew.tasks.get(undo.taskId);
      if (state && error === null) {
        state.status = 'compensated';
        crew.keep(state);
      }
      await crew.flush();
    }
  });
}

async function undoOne(crew: Crew, { taskId, taskEnded }: Undo): Promise<string | null> {
  const { runKey, outline } = crew;
  const state = crew.tasks.get(taskId);
  crew.emit({ key: `undo/${taskId}`, type: 'compensation:start', taskId, taskEnded, what: `undo ${taskId}` });
  await crew.flush();
  let error: string | null;
  try {
    const options = { taskQueue: outline.workspaceQueue, summary: `undo ${taskId}` };
    const done = await compensate.executeWithOptions(options, [{ runKey, taskId, taskEnded }]);
    error = done.kind === 'done' ? done.error : await undoByAgent(crew, taskId, done, state?.phase ?? null);
  } catch (failure) {
    if (isCancellation(failure)) throw failure;
    error = describeFailure(failure).message;
  }
  if (error === null) crew.emit({ key: `undone/${taskId}`, type: 'compensation:complete', taskId });
  else crew.emit({ key: `undone/${taskId}`, type: 'compensation:error', taskId, error });
  return error;
}

async function undoByAgent(
  crew: Crew,
  taskId: string,
  { agent, prompt }: { agent: string; prompt: string },
  phase: string | null,
): Promise<string | null> {
  const id = `undo:${taskId}`;
  const retry = { maxAttempts: 3, backoffMs: 2000 };
  const state = await crew.run({ id, phase, agent, context: id, prompt, retry, timeoutMs: null });
  crew.tasks.delete(id);
  return state.status === 'succeeded' ? null : (state.error ?? 'it did not succeed');
}
