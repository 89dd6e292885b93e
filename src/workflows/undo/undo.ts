/*
 * U1 What never came to its end is undone first, then the rest in reverse order of its end.
 * U2 A cancel does not reach a compensation; one that fails does not stop the others.
 * U3 A long undoing goes on as new between two compensations, when nothing else is under way.
 */
import {
  CancellationScope,
  ParentClosePolicy,
  allHandlersFinished,
  condition,
  executeChild,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { isHelper, toHelperId } from '../../domain/ids/worker-id.ts';
import type { RollbackInput } from '../../contracts/undo.ts';
import type { CompensationResult, RunResult } from '../../domain/run/run-result.ts';
import { historyLimits, isLong, withEvents } from '../../domain/run/long-history.ts';
import { compensate } from '../base/activity-proxies.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Crew } from '../run/crew.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import type { PlanRun } from '../run/plan-run.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';
import type { Workspace } from '../../domain/plan/plan.ts';
import { queueOf } from '../../domain/plan/workspace.ts';

/** One task to undo. */
export interface Undo {
  taskId: string;
  /** Whether it had come to its end. */
  taskEnded: boolean;
  /** Tries that are over, see `CompensateInput`. */
  tried: number;
  /** Where its tools worked; null or not there: in the run's workspace. */
  workspace?: Workspace | null;
}

/** What a run has left to undo, in the order in which it is undone (U1). */
export function undoList(run: PlanRun): Undo[] {
  const done = new Set(run.books.compensations.map(({ taskId }) => taskId));
  const ended = new Map(run.endOrder.map((id, index) => [id, index]));
  return (
    [...run.crew.books.tasks.values()]
      // Whoever helped may still be at work when the run is cancelled; what it did is its task's to undo.
      .filter(
        ({ id, attempts }) =>
          attempts > 0 && !done.has(id) && !isHelper(id) && outlineOptions(run.tasks.of(id)).canCompensate,
      )
      .map(({ id }) => ({ taskId: id, taskEnded: ended.has(id), order: ended.get(id) ?? Infinity }))
      .toReversed()
      .toSorted((a, b) => (a.order === b.order ? 0 : b.order - a.order))
      .map(({ taskId, taskEnded }) => {
        const { workspace } = outlineOptions(run.tasks.of(taskId));
        return { taskId, taskEnded, tried: 0, workspace };
      })
  );
}

/**
 * Undoes tasks one after the other (U2), and keeps what became of each in the run's books. `rollback`: the execution that does so
 * after the run's end; each tells what became of its tries.
 *
 * @returns whether that was all; false: the history has become long, and the next execution goes on (U3)
 */
export async function undoAll(crew: Crew, list: readonly Undo[], rollback?: string): Promise<boolean> {
  if (list.length === 0) return true;
  return CancellationScope.nonCancellable(async () => {
    crew.books.hold.beginUndoing();
    for (const [index, undo] of list.entries()) {
      if (index > 0 && (await isLeftToTheNext(crew.books))) return false;
      const error = await undoOne(crew, undo, rollback);
      const { taskId, taskEnded } = undo;
      crew.books.compensations.push({
        ...{ taskId, taskEnded },
        status: error === null ? 'succeeded' : 'failed',
        error,
      } satisfies CompensationResult);
      const state = crew.books.tasks.get(taskId);
      if (state && error === null) {
        state.status = 'compensated';
        crew.books.keep(state);
      }
      await crew.books.flush();
    }
    return true;
  });
}

/** Longest error that is carried, in characters; the story has the whole one. */
const longestError = 100;

/** What became of undos, for the next execution. */
export function toCarriedUndos(
  compensations: readonly CompensationResult[],
  only?: CompensationResult['status'],
): CompensationResult[] {
  return compensations
    .filter(({ status }) => only === undefined || status === only)
    .map(({ error, ...undone }) => ({ ...undone, error: error && error.slice(0, longestError).toWellFormed() }));
}

async function isLeftToTheNext(books: RunBooks): Promise<boolean> {
  const limits = withEvents(historyLimits, books.moveAfterEvents);
  if (!isLong(workflowInfo(), limits) || !patched('undo-goes-on-as-new')) return false;
  const isQuiet = (): boolean => books.busy.isIdle && allHandlersFinished();
  for (;;) {
    await condition(isQuiet);
    if (isQuiet() && books.log.isEmpty) return true;
    await books.flush();
  }
}

async function undoOne(crew: Crew, undo: Undo, rollback?: string): Promise<string | null> {
  const { taskId, taskEnded, tried, workspace } = undo;
  const { runKey, outline } = crew.books;
  const again = tried === 0 ? '' : `/${tried}`;
  const state = crew.books.tasks.get(taskId);
  crew.books.emit({
    key: `undo/${taskId}${again}`,
    type: 'compensation:start',
    taskId,
    taskEnded,
    what: `undo ${taskId}`,
  });
  await crew.books.flush();
  let error: string | null;
  const toRest = insist();
  for (;;) {
    try {
      const options = { taskQueue: queueOf(outline.workspaceQueue, workspace), summary: toSummary(`undo ${taskId}`) };
      const done = await compensate.executeWithOptions(options, [{ runKey, taskId, taskEnded, tried }]);
      const { phase = null } = state ?? {};
      if (done.kind === 'runs') error = await undoRuns(done.runs);
      else error = done.kind === 'done' ? done.error : await undoByAgent(crew, { ...undo, phase }, done);
      break;
    } catch (failure) {
      if (isCancellation(failure)) throw failure;
      const rest = toRest(failure);
      if (rest) {
        await rest;
        continue;
      }
      error = describeFailure(failure).message;
      break;
    }
  }
  const key = `undone/${taskId}${rollback === undefined ? '' : `/${rollback}`}`;
  if (error === null) crew.books.emit({ key, type: 'compensation:complete', taskId });
  else crew.books.emit({ key, type: 'compensation:error', taskId, error });
  return error;
}

// Each undoes what it did from its own list; one that did so already, as it was cancelled, has nothing left.
async function undoRuns(runs: readonly { runId: string; runKey: string }[]): Promise<string | null> {
  const errors: string[] = [];
  for (const { runId, runKey } of runs) {
    const result = await executeChild<Rollback>('rollback', {
      ...{ workflowId: `${runId}/rollback`, args: [{ runKey }], parentClosePolicy: ParentClosePolicy.ABANDON },
      staticSummary: toSummary(`undo ${runId}`),
    });
    const failed = result.compensations.filter(({ status }) => status === 'failed');
    errors.push(...failed.map(({ taskId, error }) => `${taskId} of ${runId}: ${error ?? 'failed'}`));
  }
  return errors.length === 0 ? null : errors.join('; ').slice(0, longestReason);
}

/** Workflow `rollback`. */
type Rollback = (input: RollbackInput) => Promise<RunResult>;

/** Longest reason why a task that was a run is not undone, in characters. */
const longestReason = 2000;

async function undoByAgent(
  crew: Crew,
  { taskId, tried, workspace = null, phase }: Undo & { phase: string | null },
  { agent, prompt }: { agent: string; prompt: string },
): Promise<string | null> {
  const id = toHelperId({ kind: 'undo', of: taskId });
  const retry = { maxAttempts: 3, backoffMs: 2000 };
  const task = { id, phase, agent, context: id, prompt, retry, timeoutMs: null, workspace };
  // Its attempts are counted on, as the journal has the answers of those before.
  if (tried > 0) crew.books.note(task, 'pending').attempts = tried;
  const state = await crew.run(task);
  crew.books.tasks.delete(id);
  return state.status === 'succeeded' ? null : (state.error ?? 'it did not succeed');
}
