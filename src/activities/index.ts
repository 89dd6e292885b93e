import type { Activities } from '../contracts/activities.ts';
import { createViewCache } from '../store/conversation.ts';
import { addTasks } from './add-tasks.ts';
import { callModel } from './call-model.ts';
import { callTool } from './call-tool.ts';
import { compensate } from './compensate.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findEndedTasks } from './find-ended-tasks.ts';
import { finishRun } from './finish-run.ts';
import { createFrozenRuns } from './frozen-run.ts';
import { endLeftovers } from './end-leftovers.ts';
import { openRollback } from './open-rollback.ts';
import { loadOutline, preparePlan } from './prepare-plan.ts';
import { recordProgress } from './record-progress.ts';
import { createOrphanCheck } from './refuse-orphans.ts';
import { saveCheckpoint } from './save-checkpoint.ts';
import { toFailure } from './to-failure.ts';

/** Everything that a workflow can do to the world, on real things that are handed in. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { store } = dependencies;
  const shared = {
    ...dependencies,
    views: createViewCache(),
    frozenRun: createFrozenRuns(store),
    refuseOrphan: createOrphanCheck(),
  };
  return withFailures({
    preparePlan: (input) => preparePlan(dependencies, input),
    callModel: (input) => callModel(shared, input),
    callTool: (input) => callTool(shared, input),
    loadOutline: async (input) => loadOutline(dependencies, await shared.frozenRun(input.runKey), input),
    recordProgress: async (input) => recordProgress(store, await shared.frozenRun(input.runKey), input),
    addTasks: async (input) => addTasks(dependencies, await shared.frozenRun(input.runKey), input),
    async openRollback(input) {
      const run = await shared.frozenRun(input.runKey);
      await endLeftovers(dependencies, run);
      return openRollback(dependencies, run);
    },
    compensate: async (input) => compensate(dependencies, await shared.frozenRun(input.runKey), input),
    saveCheckpoint: async (input) => saveCheckpoint(dependencies, await shared.frozenRun(input.runKey), input),
    findEndedTasks,
    finishRun: async (input) => finishRun(dependencies, await shared.frozenRun(input.runKey), input),
  });
}

// What nobody on the way has turned into a failure, and no retry can mend, ends the step.
function withFailures(activities: Activities): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]: [string, (input: never) => Promise<unknown>]) => [
    name,
    async (input: never) =>
      activity(input).catch((error: unknown) => {
        throw toFailure(error);
      }),
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
