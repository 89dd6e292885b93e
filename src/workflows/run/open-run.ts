import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { loadOutline, preparePlan } from '../base/activity-proxies.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';

/**
 * Opens the run in the store and learns its plan, page by page. A cancel does not reach it: what the store knows of has to end there too.
 *
 * @throws ApplicationFailure `InvalidInput` with everything that is wrong
 */
export async function openRun(runKey: string, input: OrchestrateInput): Promise<RunOutline> {
  const { workflowId: runId, runId: temporalRunId } = workflowInfo();
  try {
    return await CancellationScope.nonCancellable(async () => {
      const outline = await preparePlan({ runKey, runId, temporalRunId, input });
      await loadTasks(runKey, outline);
      return outline;
    });
  } catch (error) {
    const { type, message } = describeFailure(error);
    throw finalFailure(type, message);
  }
}

/** Learns the rest of a plan's tasks, page by page. */
export async function loadTasks(runKey: string, { tasks, taskCount }: RunOutline): Promise<void> {
  while (tasks.length < taskCount) {
    const from = tasks.length;
    const summary = `read tasks ${from + 1} to …`;
    const page = await loadOutline.executeWithOptions({ summary }, [{ runKey, from }]);
    if (page.length === 0) throw finalFailure('InvalidInput', `the plan ends after ${from} of ${taskCount} tasks`);
    tasks.push(...page);
  }
}
