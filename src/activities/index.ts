import type { Activities } from '../contracts/activities.ts';
import { createViewCache } from '../store/conversation.ts';
import { appendNew } from '../store/events.ts';
import { runNo } from '../store/runs.ts';
import { callModel } from './call-model.ts';
import { callTool } from './call-tool.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { finishRun } from './finish-run.ts';
import { createFrozenRuns } from './frozen-run.ts';
import { preparePlan } from './prepare-plan.ts';

/** Everything that a workflow can do to the world, on real things that are handed in. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { store } = dependencies;
  const shared = { ...dependencies, views: createViewCache(), frozenRun: createFrozenRuns(store) };
  return {
    preparePlan: (input) => preparePlan(dependencies, input),
    callModel: (input) => callModel(shared, input),
    callTool: (input) => callTool(shared, input),
    async recordProgress({ runKey, events, status }) {
      await store.transaction(async (sql) => {
        const no = await runNo(sql, runKey);
        if (status) await sql.query('update runs set status = $2 where no = $1 and ended_at is null', [no, status]);
        await appendNew(sql, no, events);
      });
    },
    finishRun: (input) => finishRun(dependencies, input),
  };
}
