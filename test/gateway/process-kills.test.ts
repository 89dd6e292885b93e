import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { lookAtGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { until } from '../support/base/until.ts';
import { callsOf, crewPlan, crewScript, rightSum } from '../support/crash/crew.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { gatewayHome } from '../support/gateway/gateway-place.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker, type WorkerProcess } from '../support/run/worker-process.ts';

const size = 3;
const killsOfRun = 5;

describe('behind a gateway', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
  });
  afterAll(() => env.close());

  it.each(seedsOf(1))('no call is paid twice for workers that are killed with one under way, seed %i', async (seed) => {
    const random = seeded(seed);
    const stage = await begin(env);
    const targets = new Set<number>();
    while (targets.size < killsOfRun) targets.add(1 + random(callsOf(size)));
    const caught: number[] = [];
    const run = await stage.start(({ number, answer }) => {
      if (!targets.has(number)) return undefined;
      caught.push(number);
      // Nobody may be there when it comes, or somebody who has joined it.
      return { ...answer, latencyMs: random(2) === 0 ? 100 : 1500 };
    });
    for (let kills = 1; kills <= killsOfRun; kills++) {
      await until(`call ${kills} of ${[...targets].join(', ')} is under way`, () => caught.length >= kills);
      await sleep(random(30));
      await stage.killWorker();
    }
    await stage.ends(run);
    expect(await violations(env, run.runKey, [], { plan: stage.plan })).toEqual([]);
    expect(stage.callsIn(run)).toBe(callsOf(size));
  });

  it('a run goes on when the gateway is killed with a call under way, and only that one is made again', async () => {
    const stage = await begin(env);
    let isHeld = false;
    const run = await stage.start(({ number, answer }) => {
      if (number !== 6 || isHeld) return undefined;
      isHeld = true;
      return { ...answer, latencyMs: 1500 };
    });
    await until('a call is under way', () => isHeld);
    const [gateway] = await lookAtGateways(stage.home);
    // Stopped first, so that it asks nothing more than is found under way.
    process.kill(gateway!.pid, 'SIGSTOP');
    const kill = await lookAtFlight(env.store, run.runKey);
    process.kill(gateway!.pid, 'SIGKILL');
    await stage.ends(run);
    expect(await violations(env, run.runKey, [kill], { plan: stage.plan })).toEqual([]);
    const [after] = await lookAtGateways(stage.home);
    expect(after!.pid).not.toBe(gateway!.pid);
    expect(stage.callsIn(run)).toBeLessThanOrEqual(callsOf(size) + kill.inFlight.size);
  });
});

/** A worker behind a gateway of its own home, which ask the scripted model of `env`. */
async function begin(env: RunEnv) {
  const home = gatewayHome();
  process.env['GAFFER_TEST_GATEWAY_HOME'] = home.path;
  onTestFinished(() => void delete process.env['GAFFER_TEST_GATEWAY_HOME']);
  let worker: WorkerProcess = await spawnWorker(env.settings);
  onTestFinished(() => worker.kill());
  const runId = `gateway-${randomUUID().slice(0, 8)}`;
  const workspace = join(env.workspace, runId);
  mkdirSync(workspace);
  const plan = crewPlan(size, workspace, runId);
  return {
    home,
    plan,
    start(change: NonNullable<Parameters<typeof crewScript>[1]>) {
      env.model.setScript(crewScript(runId, change));
      return env.start(plan, { runId });
    },
    async killWorker(): Promise<void> {
      await worker.kill();
      worker = await spawnWorker(env.settings);
    },
    async ends(run: Run): Promise<void> {
      await until('the run ends', async () => (await run.describe()).status !== 'running', 60_000);
      expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { sum: { output: rightSum(size) } } });
    },
    callsIn: ({ runKey }: Run) => env.model.requests.filter((call) => call.callKey?.startsWith(`${runKey}/`)).length,
  };
}
