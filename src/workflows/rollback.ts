import { CancellationScope, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { RollbackInput, RollbackOutline } from '../contracts/undo.ts';
import type { CompensationResult, RunResult } from '../domain/run/run-result.ts';
import { openRollback } from './base/activity-proxies.ts';
import { writeResult } from './run/close-run.ts';
import { Crew } from './run/crew.ts';
import { describeFailure, finalFailure } from './base/failures.ts';
import { checkInput } from './base/check-input.ts';
import { toCarriedUndos, undoAll } from './undo/undo.ts';

/**
 * Undoes what a run left behind that was terminated, or that ended without undoing it, from the list that the store kept.
 *
 * Done again, it undoes nothing twice, and tries again what could not be undone. It completes also when some of it could not.
 *
 * @returns the run's result as it is from now on
 * @throws ApplicationFailure `InvalidInput`: the run goes on, or there is none
 */
export async function rollback(input: RollbackInput): Promise<RunResult> {
  checkInput('rollback', input, { runKey: 'text' });
  const { runKey, failed = [] } = input;
  const { runId, outline, undo, tasks, hasMore = false } = await open(runKey, failed);
  const crew = Crew.reopen({ runKey, runId, outline, tasks });
  const { books } = crew;
  books.compensations.push(...failed);
  return CancellationScope.nonCancellable(async () => {
    const execution = workflowInfo().firstExecutionRunId;
    const isAll = (await undoAll(crew, undo, execution)) && !hasMore;
    if (!isAll)
      return continueAsNew<typeof rollback>({ runKey, failed: toCarriedUndos(books.compensations, 'failed') });
    books.isClosing = true;
    // Only a run without a result was terminated: another one has its own end, and only what became of its tasks is new.
    const stop = { kind: 'cancelled', reason: 'terminated' } as const;
    return writeResult(books, stop, execution);
  });
}

async function open(runKey: string, failed: readonly CompensationResult[]): Promise<RollbackOutline> {
  try {
    const summary = 'end what is still at work, read what is to be undone';
    const without = failed.map(({ taskId }) => taskId);
    return await openRollback.executeWithOptions({ summary }, [{ runKey, without }]);
  } catch (error) {
    const { type, message, details } = describeFailure(error);
    throw finalFailure(type, message, details);
  }
}
