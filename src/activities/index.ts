import { Context } from '@temporalio/activity';
import { withHeartbeat } from './base/activity-context.ts';
import type { Activities } from '../contracts/activities.ts';
import { failureTypes } from '../domain/run/failure-types.ts';
import { createViewCache } from '../store/run/conversation.ts';
import { StoreError } from '../store/store.ts';
import { agentRunActivities } from './agent-run/run-agent.ts';
import { addTasks } from './run/add-tasks.ts';
import { callModel } from './turn/call-model.ts';
import { callTool } from './turn/call-tool.ts';
import { isSlow } from './base/activity-context.ts';
import { doTool } from './turn/do-tool.ts';
import { compensate } from './undo/compensate.ts';
import type { ActivityDependencies } from './base/dependencies.ts';
import { openWorkspace } from './workspace/open-workspace.ts';
import { sealWorkspace } from './workspace/seal-workspace.ts';
import { standAside } from './workspace/stand-aside.ts';
import { findEndedTasks } from './run/find-ended-tasks.ts';
import { finishRun } from './run/finish-run.ts';
import { createFrozenRuns, type FrozenRun } from './base/frozen-run.ts';
import { endLeftovers } from './undo/end-leftovers.ts';
import { openRollback } from './undo/open-rollback.ts';
import { loadOutline, preparePlan } from './run/prepare-plan.ts';
import { addCalls } from './run/add-calls.ts';
import { mergeActivities } from './merge/merge-activities.ts';
import { readOutput } from './run/read-output.ts';
import { readAnswers, readScript } from './run/read-script.ts';
import { recordProgress } from './run/record-progress.ts';
import { insistentStore, outlast } from './base/insistent-store.ts';
import { createOrphanCheck } from './base/refuse-orphans.ts';
import { runSlice } from './slice/run-slice.ts';
import { saveCheckpoint } from './undo/save-checkpoint.ts';
import { finalFailure, toFailure } from './base/to-failure.ts';

/** Everything that a workflow can do to the world, on real things that are handed in. */
export function createActivities(given: ActivityDependencies): Activities {
  const store = insistentStore(given.store);
  const dependencies = { ...given, store };
  const shared = {
    ...dependencies,
    views: createViewCache(),
    frozenRun: createFrozenRuns(store),
    refuseOrphan: createOrphanCheck(),
  };
  // Those with a heartbeat tell from their beginning on that somebody is at work: a connection to the database may be waited for.
  return withFailures({
    preparePlan: (input) =>
      Context.current().info.isLocal
        ? preparePlan(dependencies, input, null)
        : withHeartbeat((signal) => preparePlan(dependencies, input, signal)),
    callModel: (input) => outlast(store, (isRepeated) => callModel(shared, input, isRepeated)),
    callTool: (input) => outlast(store, () => callTool(shared, input)),
    ...agentRunActivities(shared),
    doTool: (input) => outlast(store, () => doTool(shared, input)),
    loadOutline: async (input) => loadOutline(dependencies, await shared.frozenRun(input.runKey), input),
    async recordProgress(input) {
      const result = await recordProgress(store, await shared.frozenRun(input.runKey), input);
      return isSlow() ? { ...result, isSlow: true } : result;
    },
    runSlice: (input) =>
      outlast(store, async (isRepeated) => runSlice(shared, await shared.frozenRun(input.runKey), input, isRepeated)),
    addTasks: async (input) => addTasks(dependencies, await shared.frozenRun(input.runKey), input),
    ...workspaceActivities(shared),
    ...undoActivities(shared),
    ...mergeActivities(shared),
    ...scriptActivities(shared),
    findEndedTasks,
    async finishRun(input) {
      await dependencies.train.clear();
      return finishRun(dependencies, await shared.frozenRun(input.runKey), input);
    },
  });
}

/** What undoes, and keeps points to come back to. */
function undoActivities(
  dependencies: ActivityDependencies & { frozenRun: ReturnType<typeof createFrozenRuns> },
): Pick<Activities, 'openRollback' | 'compensate' | 'saveCheckpoint'> {
  const { store, frozenRun } = dependencies;
  return {
    async openRollback(input) {
      const run = await frozenRun(input.runKey).catch(refuseUnknown);
      await endLeftovers(dependencies, run);
      return openRollback(dependencies, run, input.without);
    },
    compensate: (input) => outlast(store, async () => compensate(dependencies, await frozenRun(input.runKey), input)),
    saveCheckpoint: (input) =>
      outlast(store, async () => saveCheckpoint(dependencies, await frozenRun(input.runKey), input)),
  };
}

/** What scripts read and ask for. */
function scriptActivities({
  store,
  frozenRun,
}: Pick<ActivityDependencies, 'store'> & { frozenRun: ReturnType<typeof createFrozenRuns> }): Pick<
  Activities,
  'readOutput' | 'readScript' | 'addCalls' | 'readAnswers'
> {
  return {
    readOutput: async (input) => readOutput(store, await frozenRun(input.runKey), input),
    readScript: async (input) => readScript(await frozenRun(input.runKey), input),
    addCalls: async (input) => addCalls(store, await frozenRun(input.runKey), input),
    readAnswers: async (input) => readAnswers(store, await frozenRun(input.runKey), input),
  };
}

// Those on the host that has the workspace, besides tools.
function workspaceActivities(
  shared: ActivityDependencies & { frozenRun: (runKey: string) => Promise<FrozenRun> },
): Pick<Activities, 'openWorkspace' | 'sealWorkspace' | 'standAside' | 'compensate' | 'saveCheckpoint'> {
  const { store, frozenRun } = shared;
  return {
    compensate: (input) => outlast(store, async () => compensate(shared, await frozenRun(input.runKey), input)),
    saveCheckpoint: (input) => outlast(store, async () => saveCheckpoint(shared, await frozenRun(input.runKey), input)),
    openWorkspace: (input) => outlast(store, async () => openWorkspace(shared, await frozenRun(input.runKey), input)),
    standAside: (input) => outlast(store, async () => standAside(shared, await frozenRun(input.runKey), input)),
    sealWorkspace: (input) => outlast(store, async () => sealWorkspace(shared, await frozenRun(input.runKey), input)),
  };
}

// Whoever undoes a run was started for it by hand, or for one that is there: no other try finds it.
function refuseUnknown(error: unknown): never {
  if (error instanceof StoreError && error.reason === 'not-found') {
    throw finalFailure(failureTypes.invalidInput, error.message);
  }
  throw error;
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
