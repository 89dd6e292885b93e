/*
 * What of a run that is over is still at work, ended before anything of it is undone: an effect that came after its undo would stay.
 *
 * E1 Tasks outlive a terminated run. They are cancelled: a cancelled task closes when its tools are gone.
 * E2 One that does not close, as nobody works on it any more, is terminated.
 * E3 A tool of an execution that was terminated hears of it when it asks Temporal, by itself only now and then: so it is told to. Nobody tells when
 *    it is gone, so it gets as long as its worker may stand still.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { cutOffToolMs, heartbeatMs } from '../../domain/run/standstill.ts';
import type { Execution } from '../../store/journal/holders.ts';
import { findToolHolders } from '../../store/journal/holders.ts';
import { tellWorkers } from '../../store/leases/worker-words.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { hasResult } from '../../store/run/run-result.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { findStanding, openStates } from '../base/refuse-orphans.ts';
import { finalFailure } from '../base/to-failure.ts';

// With the wait for tools (E3) below the time that the activity has.
const cancelMs = 12_000;
const pollMs = 200;

type Client = Context['client'];

/**
 * Ends what of a run is still at work, and waits until it is gone: at most about 30 s.
 *
 * @throws ApplicationFailure `InvalidInput` when the run itself goes on
 */
export async function endLeftovers({ store }: Pick<ActivityDependencies, 'store'>, run: FrozenRun): Promise<void> {
  const { client } = Context.current();
  const standing = await findStanding(client, run).catch((error: unknown) => {
    // Its history may be removed by now.
    if ((error as Error).name === 'WorkflowNotFoundError') return 'over' as const;
    throw error;
  });
  // Its tasks would be taken for those of the living one of that name.
  if (standing === 'another') return;
  const hasEnded = await hasResult(store.sql, run.no);
  if (standing === 'open' && !hasEnded) {
    throw finalFailure(failureTypes.invalidInput, `run ${run.runId} goes on: cancel it, which undoes what it did`);
  }
  await endTasks(client, run.runId);
  await awaitTools(store, client, await findToolHolders(store.sql, run.no));
}

// E3
async function awaitTools(
  { sql }: Pick<WorkerStore, 'sql'>,
  client: Client,
  holders: readonly Execution[],
): Promise<void> {
  const closedAt = await Promise.all(holders.map((one) => cutOffAt(client, one)));
  const cutOff = holders.filter((_, index) => closedAt[index]! > 0);
  // What was cut off so long ago has asked by itself since.
  const waitMs = Math.max(...closedAt, 0) + heartbeatMs + cutOffToolMs - Date.now();
  if (waitMs <= 0) return;
  await tellWorkers(
    sql,
    cutOff.map(({ workflowId }) => ({ by: 'undo', cancelled: workflowId, steps: null })),
  );
  await sleep(Math.min(waitMs, cutOffToolMs));
}

// E1, E2. Lists of Temporal lag behind, so it is asked about each task that they name.
async function endTasks(client: Client, runId: string): Promise<void> {
  const deadline = Date.now() + cancelMs;
  const cancelled = new Set<string>();
  for (;;) {
    const open = await openTasks(client, runId);
    if (open.length === 0) return;
    for (const { workflowId, runId: id } of open) {
      const handle = client.workflow.getHandle(workflowId, id);
      // It may have closed meanwhile.
      if (Date.now() > deadline) await handle.terminate('its run is rolled back').catch(() => undefined);
      else if (!cancelled.has(id)) await handle.cancel().catch(() => undefined);
      cancelled.add(id);
    }
    await sleep(pollMs);
  }
}

async function openTasks(client: Client, runId: string): Promise<Execution[]> {
  const parents = [runId, `${runId}/rollback`].map((id) => `'${id.replaceAll("'", "''")}'`).join(', ');
  // A task may be a run of its own, which ends its own tasks.
  const query = `WorkflowType IN ('agentTask', 'orchestrate') AND ExecutionStatus = 'Running' AND ParentWorkflowId IN (${parents})`;
  const open: Execution[] = [];
  for await (const { workflowId, runId: id } of client.workflow.list({ query })) {
    const { status } = await client.workflow.getHandle(workflowId, id).describe();
    if (openStates.includes(status.name)) open.push({ workflowId, runId: id });
  }
  return open;
}

/** When an execution was ended from outside, in ms; 0: it was not, or nobody knows it any more. */
async function cutOffAt(client: Client, { workflowId, runId }: Execution): Promise<number> {
  const description = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .catch(() => null);
  const isCutOff = description?.status.name === 'TERMINATED' || description?.status.name === 'TIMED_OUT';
  return isCutOff ? (description.closeTime?.getTime() ?? Date.now()) : 0;
}
