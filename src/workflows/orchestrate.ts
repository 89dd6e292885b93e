import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { failureTypes } from '../domain/failure-types.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunResult } from '../domain/run-result.ts';
import { answerQueries } from './answer-queries.ts';
import { handleControl, handlePlanControl } from './control-handlers.ts';
import { Crew } from './crew.ts';
import { describeFailure } from './failures.ts';
import { PlanRun } from './plan-run.ts';
import { undoAll, undoList } from './undo.ts';
import { showRun } from './web-ui.ts';
import { within } from './within.ts';
import { declareVersioning } from './versioning.ts';

/**
 * One execution of a plan: starts every task as soon as its dependencies allow it, and ends honestly.
 *
 * @throws ApplicationFailure `InvalidInput` or `RunFailed`; CancelledFailure when it was cancelled
 */
export async function orchestrate(input: OrchestrateInput): Promise<RunResult> {
  const crew = await Crew.open(input ?? {});
  const run = new PlanRun(crew);
  const { limits, onFailure } = crew.outline;
  handleControl(crew);
  handlePlanControl(run);
  answerQueries(crew, () => run.phases.current);
  showRun(crew.outline, crew.tasks);
  // The story tells of the cancel before it tells of the tasks that it ended.
  CancellationScope.current().cancelRequested.catch(() => {
    crew.emit({ key: 'cancelled', type: 'run:cancelled', reason: 'cancelled' });
  });
  // Never Temporal's own run timeout: it would end the run without undoing anything.
  const limit = { what: 'the run', limitMs: () => limits.timeoutMs, waitedMs: () => crew.waited.waitedMs };
  let stop: RunStop;
  let isUndone = false;
  try {
    await within(limit, () => run.run());
    stop = crew.stop;
    isUndone = stop?.kind === 'failed' && onFailure === 'compensate';
  } catch (error) {
    stop = toStop(error);
    isUndone = stop?.kind !== 'failed' || onFailure === 'compensate';
  }
  if (isUndone) await undoAll(crew, undoList(run));
  run.skipTheRest(stop?.reason ?? 'the run ended before it could start');
  return crew.close(stop);
}

function toStop(error: unknown): RunStop {
  if (isCancellation(error)) return { kind: 'cancelled', reason: 'cancelled' };
  const { type, message } = describeFailure(error);
  return { kind: type === failureTypes.taskTimeout ? 'stopped' : 'failed', reason: message };
}

declareVersioning('AUTO_UPGRADE', orchestrate);
