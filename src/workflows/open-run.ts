import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { RunOutline } from '../contracts/activities.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { loadOutline, preparePlan } from './activity-proxies.ts';
import { describeFailure, finalFailure } from './failures.ts';

/** Opens the run in the store and learns its plan, page by page. @throws ApplicationFailure `InvalidInput` with everything that is wrong */
export async function openRun(runKey: string, input: OrchestrateInput): Promise<RunOutline> {
  const { workflowId: runId, runId: temporalRunId } = workflowInfo();
  try {
    const outline = await preparePlan.executeWithOptions({ summary: 'check the plan' }, [
      { runKey, runId, temporalRunId, input },
    ]);
    while (outline.tasks.length < outline.taskCount) {
      const from = outline.tasks.length;
      const summary = `read tasks ${from + 1} to …`;
      const page = await loadOutline.executeWithOptions({ summary }, [{ runKey, from }]);
      if (page.length === 0)
        throw finalFailure('InvalidInput', `the plan ends after ${from} of ${outline.taskCount} tasks`);
      outline.tasks.push(...page);
    }
    return outline;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    throw finalFailure(type, message);
  }
}
