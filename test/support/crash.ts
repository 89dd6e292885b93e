import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { expect } from 'vitest';
import { callsOf, crewPlan, crewScript, rightSum, workFile } from './crash-crew.ts';
import { lookAtFlight, violations } from './invariants.ts';
import { descendantsOf, stillAlive } from './processes.ts';
import type { RunEnv } from './run-env.ts';
import type { Scene, Trap } from './traps.ts';
import type { WorkerProcess } from './worker-process.ts';
import { spawnWorker } from './worker-process.ts';

const size = 3;
const startedTask = 2;

/** What became of one crash. Times in ms. */
export interface CrashReport {
  /** The worker that took over. */
  worker: WorkerProcess;
  /** From its spawning to the first model call; null: no call was left to make. */
  toFirstCallMs: number | null;
  durationMs: number;
}

/** Looks into Temporal for a test. */
export interface TemporalProbe {
  isInWorkflowTask(runId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects a {@link TemporalProbe}. */
export async function connectProbe({ temporal }: RunEnv['settings']): Promise<TemporalProbe> {
  const connection = await Connection.connect({ address: temporal.address });
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
 * `seed` decides which step is hit and how.
 */
export async function crash(
  { env, worker, probe }: { env: RunEnv; worker: WorkerProcess; probe: TemporalProbe },
  makeTrap: (scene: Scene) => Trap,
  seed: number,
): Promise<CrashReport> {
  const beganAt = Date.now();
  const runId = `crash-${randomUUID().slice(0, 8)}`;
  const isInWorkflowTask = () => probe.isInWorkflowTask(runId);
  const trap = makeTrap({ env, worker, runId, size, random: seeded(seed), isInWorkflowTask });
  env.model.setScript(crewScript((call) => trap.onCall?.(call)));
  const handle = await env.start(crewPlan(size, env.workspace), { runId });
  await trap.spring();
  const kill = await lookAtFlight(env.store, handle.runKey);
  const tools = descendantsOf(worker.pid);
  await worker.kill();
  await trap.release?.();
  const left = stillAlive(tools, 5000);
  const next = await spawnWorker(env.settings);
  const result = await handle.result();
  expect(await left).toEqual([]);
  expect(result).toMatchObject({
    status: 'succeeded',
    summary: { successfulTasks: size + 1 },
    tasks: { sum: { output: rightSum(size) } },
  });
  expect(await violations(env, handle.runKey, [kill])).toEqual([]);
  for (let one = 1; one <= size; one++) {
    expect(readFileSync(workFile(env.workspace, `w${one}`), 'utf8')).toBe(`w${one}\n`);
  }
  const calls = env.model.requests.filter((request) => request.callKey?.startsWith(`${handle.runKey}/`));
  expect(calls.length).toBeGreaterThanOrEqual(callsOf(size));
  const first = calls.find((call) => call.at >= next.spawnedAt);
  const toFirstCallMs = first ? first.at - next.spawnedAt : null;
  return { worker: next, toFirstCallMs, durationMs: Date.now() - beganAt };
}

// Mulberry32: small, and good enough to pick a step.
function seeded(seed: number): (limit: number) => number {
  let state = seed * 0x9e3779b9;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
