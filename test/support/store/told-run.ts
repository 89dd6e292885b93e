import { randomUUID } from 'node:crypto';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planWith } from '../plan/builders.ts';

/** A run that has nothing but what is told of it. @returns its key */
export async function openToldRun(store: WorkerStore, runId = `told-${randomUUID()}`): Promise<string> {
  const plan = planWith();
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey: `${runId}~key`, runId, temporalRunId: 't', plan, planHash, board: runId, launch: null };
  await openRun(store.sql, { ...run, lineage: null }, { nano: 1, tokens: null });
  return run.runKey;
}

/** Tells of blockers in a run. */
export function raiseBlockers(store: WorkerStore, runKey: string, ids: readonly string[]): Promise<void> {
  return store.events.append(
    runKey,
    ids.map((id) => ({
      ...{ type: 'blocker:raised', key: id, blockerId: id, taskId: 't', agentName: 'a', detail: 'd', asks: 'x' },
    })),
  );
}
