import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TemporalProbe } from '../support/crash/crash.ts';
import { connectProbe, crash } from '../support/crash/crash.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import * as traps from '../support/crash/traps.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { patient } from '../support/base/patience.ts';

// Issue 3, section 8, for the usual case; and for each one, on a busy machine: less than waiting for Temporal's own timeouts.
const usuallyMs = 3000;
const alwaysMs = 10_000;

const seeds = seedsOf(6);

describe('a run goes on where its worker was killed', () => {
  let env: RunEnv;
  let probe: TemporalProbe;
  let worker: WorkerProcess | null = null;
  const times: { place: string; seed: number; ms: number; readyMs: number }[] = [];

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    probe = await connectProbe(env.settings);
  });
  beforeEach(async () => {
    worker ??= await spawnWorker(env.settings);
  });
  afterAll(async () => {
    const left = worker ? descendantsOf(worker.pid) : [];
    await worker?.stop();
    await probe.close();
    await env.close();
    expect(await stillAlive(left, 5000)).toEqual([]);
  });

  describe.each([
    { place: 'during a model call', trap: traps.duringModelCall },
    { place: 'between answer and commit', trap: traps.betweenAnswerAndCommit },
    { place: 'in a tool', trap: traps.inTool },
    { place: 'in quick work', trap: traps.inQuickWork },
    { place: 'in a workflow task', trap: traps.inWorkflowTask },
  ])('$place', ({ place, trap }) => {
    it.each(seeds)('seed %i', async (seed) => {
      const dying = worker!;
      worker = null;
      const report = await crash({ env, worker: dying, probe }, trap, seed);
      worker = report.worker;
      const { toFirstCallMs: ms } = report;
      if (ms !== null) times.push({ place, seed, ms, readyMs: worker.readyAt - worker.spawnedAt });
    });
  });

  it('makes its first model call within 3 s of the restart', () => {
    expect(times).not.toEqual([]);
    const sorted = times.toSorted((a, b) => a.ms - b.ms);
    const middle = sorted[sorted.length >> 1]!;
    const slowest = sorted
      .slice(-3)
      .map((one) => `${one.ms} ms (up after ${one.readyMs}) ${one.place}, seed ${one.seed}`);
    console.log(`first model call: median ${middle.ms} ms of ${times.length}; slowest: ${slowest.join('; ')}`);
    expect(middle.ms).toBeLessThan(patient(usuallyMs));
    expect(sorted.at(-1)!.ms).toBeLessThan(patient(alwaysMs));
  });
});
