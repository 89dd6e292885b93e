import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../../src/host/front/reach-temporal.ts';
import type { Run } from '../../../src/client/index.ts';
import type { OrchestrateInput } from '../../../src/contracts/orchestrate-input.ts';
import { workflowTaskTimeout } from '../../../src/domain/run/standstill.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { RunEnv } from './run-env.ts';
import { until } from '../base/until.ts';

/** A run that goes on as new after very few events. */
export interface MovingRun extends Run {
  /** How many executions it, or a run in it, has had so far. */
  executions(id?: string): Promise<number>;
  /** Bytes of the largest start input of its executions so far. */
  carriedBytes(): Promise<number>;
  terminateTask(taskId: string): Promise<void>;
  /** Has it go on as new: it is told what changes nothing until then. */
  move(): Promise<void>;
  /** How many updates its newest execution has heard. */
  updates(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a plan as the client does, but with a low limit on its history. */
export async function startMoving(env: RunEnv, plan: Plan, moveAfterEvents: number): Promise<MovingRun> {
  const { temporal, taskQueue } = env.settings;
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(temporal)));
  const client = new Client({ connection, namespace: temporal.namespace });
  const hash = await env.store.runs.savePlan({ ...plan, workspace: plan.workspace || env.workspace });
  const runId = `moving-${randomUUID().slice(0, 8)}`;
  const input: OrchestrateInput = { plan: hash, moveAfterEvents };
  const options = { workflowId: runId, taskQueue, workflowTaskTimeout } as const;
  await client.workflow.start('orchestrate', { ...options, args: [input] });
  await until('the run is in the store', async () => (await env.store.runs.find(runId)) !== undefined);
  const histories = async (id = runId) => {
    const found = [];
    for await (const { runId: executionId } of client.workflow.list({ query: `WorkflowId = '${id}'` })) {
      found.push(await client.workflow.getHandle(id, executionId).fetchHistory());
    }
    return found;
  };
  return {
    ...(await env.client.find(runId)),
    async executions(id) {
      return (await histories(id)).length;
    },
    async carriedBytes() {
      const sizes = (await histories()).map(({ events }) =>
        Math.max(
          ...(events![0]!.workflowExecutionStartedEventAttributes?.input?.payloads ?? []).map(
            ({ data }) => data?.length ?? 0,
          ),
        ),
      );
      return Math.max(...sizes);
    },
    async terminateTask(taskId) {
      await client.workflow.getHandle(`${runId}/${taskId}`).terminate('a test');
    },
    async move() {
      const handle = client.workflow.getHandle(runId);
      const before = (await handle.describe()).runId;
      await until('it has gone on as new', async () => {
        await handle.signal('taskReport', { taskId: 'nobody', kind: 'idle' });
        return (await handle.describe()).runId !== before;
      });
    },
    async updates() {
      const { events } = await client.workflow.getHandle(runId).fetchHistory();
      return events!.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length;
    },
    close: () => connection.close(),
  };
}
