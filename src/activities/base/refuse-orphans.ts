import { Context } from '@temporalio/activity';
import { toRunKey } from '../../domain/ids/journal-key.ts';
import { isUndoing } from '../../domain/ids/worker-id.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { FrozenRun } from './frozen-run.ts';
import { finalFailure } from './to-failure.ts';

/** Names of the states in which an execution goes on, or its run as another one. */
export const openStates: readonly string[] = ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'];

/** How long an answer about a run counts, in ms: so long a task may go on after somebody terminated its run. */
const freshMs = 15_000;

/** Throws ApplicationFailure `InvalidInput` when the run is over. */
export type OrphanCheck = (run: Pick<FrozenRun, 'runId' | 'runKey'>, taskId: string) => Promise<void>;

/**
 * Tasks outlive the execution of the run that started them, so that a long run can go on as new. One whose run is over takes no further step.
 *
 * Asks Temporal at most every 15 s for each run.
 */
export function createOrphanCheck(): OrphanCheck {
  const known = new Map<string, { at: number; isOver: Promise<boolean> }>();
  return async ({ runId, runKey }, taskId) => {
    const isOwn = Context.current().info.workflowExecution?.workflowId === runId;
    // Whoever undoes a run does so after its end.
    if (isOwn || isUndoing(taskId)) return;
    const before = known.get(runKey);
    const isFresh = before !== undefined && Date.now() - before.at < freshMs;
    const answer = isFresh ? before : { at: Date.now(), isOver: isOver(runId, runKey) };
    if (!isFresh) {
      // The oldest go first: runs that are over are asked about no more.
      known.delete(runKey);
      known.set(runKey, answer);
      if (known.size > 1000) known.delete(known.keys().next().value!);
    }
    if (await answer.isOver) throw finalFailure(failureTypes.invalidInput, `run ${runId} is over`);
  };
}

/** How a run stands in Temporal; `another`: a living run has its id now. Throws what Temporal answers. */
export async function findStanding(
  client: Context['client'],
  { runId, runKey }: Pick<FrozenRun, 'runId' | 'runKey'>,
): Promise<'open' | 'over' | 'another'> {
  const { status, raw } = await client.workflow.getHandle(runId).describe();
  if (!openStates.includes(status.name)) return 'over';
  const firstRunId = raw.workflowExecutionInfo?.firstRunId;
  return firstRunId && runKey !== toRunKey(runId, firstRunId) ? 'another' : 'open';
}

async function isOver(runId: string, runKey: string): Promise<boolean> {
  try {
    return (await findStanding(Context.current().client, { runId, runKey })) !== 'open';
  } catch {
    // Whoever may not ask, or cannot, goes on.
    return false;
  }
}
