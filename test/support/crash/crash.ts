import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../../src/host/front/reach-temporal.ts';
import { expect } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import { callsOf, crewPlan, crewScript, rightSum, workFile } from './crew.ts';
import { seeded } from './seeds.ts';
import type { Kill } from '../invariants/invariants.ts';
import { lookAtFlight, violations } from '../invariants/invariants.ts';
import { descendantsOf, stillAlive } from '../base/processes.ts';
import type { RunEnv } from '../run/run-env.ts';
import type { Scene, Trap } from './traps.ts';
import { until } from '../base/until.ts';
import type { WorkerProcess } from '../run/worker-process.ts';
import { spawnWorker } from '../run/worker-process.ts';

const size = 3;
const startedTask = 2;
const longestRunMs = 30_000;

/** What became of one crash. */
export interface CrashReport {
  /** The worker that took over. */
  worker: WorkerProcess;
  /** From its spawning to the first model call in ms; null: no call was left to make. */
  toFirstCallMs: number | null;
}

/** Looks into Temporal for a test. */
export interface TemporalProbe {
  isInWorkflowTask(runId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects a {@link TemporalProbe}. */
export async function connectProbe({ temporal }: RunEnv['settings']): Promise<TemporalProbe> {
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(temporal)));
  const client = new Client({ connection, namespace: temporal.namespace });
  const describe = async (workflowId: string) => (await client.workflow.getHandle(workflowId).describe()).raw;
  return {
    async isInWorkflowTask(runId) {
      const run = await describe(runId);
      const children = await Promise.all((run.pendingChildren ?? []).map((child) => describe(child.workflowId!)));
      return [run, ...children].some((one) => one.pendingWorkflowTask?.state === startedTask);
    },
    close: () => connection.close(),
  };
}

/**
 * Runs a small crew, kills its worker in a trap, starts another one at once, and checks everything that must hold.
 *
 * `seed` decides which step is hit and how. The worker is dead afterwards, whatever happens.
 */
export async function crash(
  { env, worker, probe }: { env: RunEnv; worker: WorkerProcess; probe: TemporalProbe },
  makeTrap: (scene: Scene) => Trap,
  seed: number,
): Promise<CrashReport> {
  const runId = `crash-${randomUUID().slice(0, 8)}`;
  const workspace = join(env.workspace, runId);
  mkdirSync(workspace);
  const isInWorkflowTask = () => probe.isInWorkflowTask(runId);
  const trap = makeTrap({ env, worker, runId, workspace, size, random: seeded(seed), isInWorkflowTask });
  await trap.set?.();
  env.model.setScript(crewScript(runId, (call) => trap.onCall?.(call)));
  const handle = await env.start(crewPlan(size, workspace, runId), { runId });
  let kill: Kill;
  const tools = [];
  try {
    await trap.spring();
    kill = await lookAtFlight(env.store, handle.runKey);
    tools.push(...descendantsOf(worker.pid));
  } finally {
    await worker.kill();
    await trap.release?.();
  }
  const left = stillAlive(tools, 5000);
  const next = await spawnWorker(env.settings);
  const firstCall = () => callsIn(env, handle).find((call) => call.at >= next.spawnedAt);
  try {
    await trap.releaseLate?.(() => firstCall() !== undefined);
    await checkEnd(env, handle, kill, workspace);
    expect(await left).toEqual([]);
  } catch (error) {
    await next.kill();
    await handle.cancel();
    throw error;
  }
  const first = firstCall();
  return { worker: next, toFirstCallMs: first ? first.at - next.spawnedAt : null };
}

async function checkEnd(env: RunEnv, handle: Run, kill: Kill, workspace: string): Promise<void> {
  await until('the run ends', async () => (await handle.describe()).status !== 'running', longestRunMs);
  expect(await handle.result()).toMatchObject({
    status: 'succeeded',
    summary: { successfulTasks: size + 1 },
    tasks: { sum: { output: rightSum(size) } },
  });
  const plan = crewPlan(size, workspace, handle.id);
  expect(await violations(env, handle.runKey, [kill], { plan })).toEqual([]);
  for (let number = 1; number <= size; number++) {
    expect(readFileSync(workFile(workspace, `w${number}`), 'utf8')).toBe(`w${number}\n`);
  }
  expect(callsIn(env, handle).length).toBeGreaterThanOrEqual(callsOf(size));
}

function callsIn(env: RunEnv, { runKey }: Run) {
  return env.model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`));
}
