import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Script, ScriptedFault } from '../../../src/testing/index.ts';
import { openApprover } from '../run/approver.ts';
import { checkGraph } from './graph-run.ts';
import { graphPlan, graphScript } from './graph.ts';
import { seeded } from './seeds.ts';
import type { Kill } from '../invariants/invariants.ts';
import { violations } from '../invariants/invariants.ts';
import type { CrashStage } from './stage.ts';
import type { RunEnv } from '../run/run-env.ts';
import { until } from '../base/until.ts';

/** What a provider gets wrong in passing. */
const passingFaults: readonly ScriptedFault[] = [
  { kind: 'http', status: 500 },
  { kind: 'cut', afterEvents: 3 },
  { kind: 'early-end', afterEvents: 4 },
  { kind: 'error-event', type: 'api_error' },
  { kind: 'garbage-event' },
  { kind: 'broken-tool-json' },
  { kind: 'split-bytes' },
];

/** Refusals that slow everybody down: one of them a run is enough. */
const rateFaults: readonly ScriptedFault[] = [
  { kind: 'http', status: 429, retryAfter: 0 },
  { kind: 'http', status: 529 },
  { kind: 'error-event', type: 'overloaded_error' },
];

/** A graph's model of which `percent` of the calls meet a fault once. `met` names them. */
export function stumblingScript(
  runId: string,
  { percent, random, met = [] }: { percent: number; random: (limit: number) => number; met?: string[] },
): Script {
  const stumbled = new Set<string>();
  return graphScript(runId, ({ conversation, answer }) => {
    const call = `${conversation.prompt} ${conversation.messages.length}`;
    if (stumbled.has(call) || random(100) >= percent) return undefined;
    stumbled.add(call);
    const faults = stumbled.size === 7 ? rateFaults : passingFaults;
    const fault = faults[random(faults.length)]!;
    met.push(fault.kind);
    return { ...answer, fault };
  });
}

/** Forgets what refusals of earlier runs taught, so that no run pays for another one's. */
export async function openGates({ store }: Pick<RunEnv, 'store'>): Promise<void> {
  await store.sql.query('delete from model_gates');
}

/** A graph under everything at once: a model that stumbles, workers that are killed, and now and then a cancel. */
export async function storm(stage: CrashStage, seed: number): Promise<void> {
  const { env } = stage;
  const random = seeded(seed * 97);
  const mode = random(2) === 0 ? 'child' : 'inline';
  const runId = `storm-${seed}`;
  const workspace = join(env.workspace, runId);
  mkdirSync(workspace);
  const plan = graphPlan(runId, mode, workspace);
  await openGates(env);
  env.model.setScript(stumblingScript(runId, { percent: 30, random }));
  const handle = await env.start(plan, { runId });
  const approver = openApprover(env, handle);
  const kills: Kill[] = [];
  try {
    await until('it is opened', async () => (await env.store.runs.find(runId)) !== undefined);
    for (let left = 1 + random(3); left > 0; left--) {
      await sleep(random(2500));
      kills.push(await stage.crash(handle.runKey));
    }
    await endOf({ env, handle, plan, workspace }, kills, random);
  } catch (error) {
    await handle.cancel().catch(() => undefined);
    throw error;
  } finally {
    await approver.close();
  }
}

async function endOf(
  { env, handle, plan, workspace }: { env: RunEnv; handle: Run; plan: Plan; workspace: string },
  kills: Kill[],
  random: (limit: number) => number,
): Promise<void> {
  const isOver = async () => (await handle.describe()).status !== 'running';
  const isCancelled = random(3) === 0;
  let cancelledAt: number | undefined;
  if (isCancelled) {
    await sleep(random(1000));
    cancelledAt = Date.now();
    await handle.cancel().catch(() => undefined);
  }
  await until('the run ends', isOver, 60_000);
  const result = await handle.result();
  const { status } = result;
  console.log(`${handle.id}: ${kills.length} kills, ${status}`);
  if (status === 'succeeded') await checkGraph(env, handle, workspace);
  else expect(status, JSON.stringify(result)).toBe(isCancelled ? 'cancelled' : 'succeeded');
  const known = { plan, ...(status === 'cancelled' && cancelledAt !== undefined && { cancelledAt }) };
  expect(await violations(env, handle.runKey, kills, known)).toEqual([]);
}
