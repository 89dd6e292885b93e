import { CancellationScope } from '@temporalio/workflow';
import type { RunResult } from '../domain/run-result.ts';
import { openRollback } from './activity-proxies.ts';
import { Crew } from './crew.ts';
import { undoAll } from './undo.ts';

/**
 * Undoes what a terminated run left behind, from the list that the store kept.
 *
 * Done again, it undoes nothing twice. @throws CancelledFailure with the run's result: a run that was rolled back counts as cancelled
 */
export async function rollback({ runKey }: { runKey: string }): Promise<RunResult> {
  const { runId, outline, undo, tasks } = await openRollback.executeWithOptions(
    { summary: 'read what is to be undone' },
    [{ runKey }],
  );
  const crew = Crew.reopen({ runKey, runId, outline, tasks });
  return CancellationScope.nonCancellable(async () => {
    await undoAll(crew, undo);
    return crew.close({ kind: 'cancelled', reason: `terminated; ${undo.length} of its tasks were rolled back` });
  });
}
