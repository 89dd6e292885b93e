import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TemporalProbe } from '../support/crash.ts';
import { connectProbe, crash } from '../support/crash.ts';
import { descendantsOf, stillAlive } from '../support/processes.ts';
import type { RunEnv } from '../support/run-env.ts';
import { openRunEnv } from '../support/run-env.ts';
import * as traps from '../support/traps.ts';
import type { WorkerProcess } from '../support/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/worker-process.ts';

const seeds = Array.from({ length: Number(process.env['GAFFER_TEST_SEEDS'] ?? 10) }, (_, index) => index + 1);

// Issue 3, section 8: from the restart to the first model call, on the embedded server.
const longestToFirstCallMs = 3000;

describe('a run goes on where its worker was killed', () => {
  let env: RunEnv;
  let probe: TemporalProbe;
  let worker: WorkerProcess | null = null;
  const times = new Map<string, number[]>();

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
    for (const [place, ms] of times) console.log(`${place}: first call after ${summary(ms)}`);
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
      if (report.toFirstCallMs === null) return;
      times.set(place, [...(times.get(place) ?? []), report.toFirstCallMs]);
      expect(report.toFirstCallMs).toBeLessThan(longestToFirstCallMs);
    });
  });
});

function summary(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]} ms (median), ${sorted.at(-1)} ms (max), n = ${sorted.length}`;
}
