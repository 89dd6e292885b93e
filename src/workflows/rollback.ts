import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RollbackOutline } from '../contracts/undo.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import { openRollback } from './base/activity-proxies.ts';
import { writeResult } from './run/close-run.ts';
import { Crew } from './run/crew.ts';
import { describeFailure, finalFailure } from './base/failures.ts';
import { checkInput } from './base/check-input.ts';
import { undoAll } from './undo/undo.ts';

/**
 * Undoes what a run left behind that was terminated, or that ended without undoing it, from the list that the store kept.
 *
 * Done again, it undoes nothing twice, and tries again what could not be undone. It completes also when some of it could not.
 *
 * @returns the run's result as it is from now on
 * @throws ApplicationFailure `InvalidInput`: the run goes on, or there is none
 */
export async function rollback(input: { runKey: string }): Promise<RunResult> {
  checkInput('rollback', input, { runKey: 'text' });
  const { runKey } = input;
  const { runId, outline, undo, tasks } = await open(runKey);
  const crew = Crew.reopen({ runKey, runId, outline, tasks });
  return CancellationScope.nonCancellable(async () => {
    const execution = workflowInfo().firstExecutionRunId;
    await undoAll(crew, undo, execution);
    crew.books.isClosing = true;
    // Only a run without a result was terminated: another one has its own end, and only what became of its tasks is new.
    const stop = { kind: 'cancelled', reason: 'terminated' } as const;
    return writeResult(crew.books, stop, execution);
  });
}

async function open(runKey: string): Promise<RollbackOutline> {
  try {
    const summary = 'end what is still at work, read what is to be undone';
    return await openRollback.executeWithOptions({ summary }, [{ runKey }]);
  } catch (error) {
    const { type, message, details } = describeFailure(error);
    throw finalFailure(type, message, details);
  }
}
