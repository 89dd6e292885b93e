import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { crashGraph, graphPlaces } from '../support/crash-graph-run.ts';
import { seedsOf } from '../support/crash-seeds.ts';
import { descendantsOf, stillAlive } from '../support/processes.ts';
import type { RunEnv } from '../support/run-env.ts';
import { openRunEnv } from '../support/run-env.ts';
import type { WorkerProcess } from '../support/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/worker-process.ts';

// product.md 2C, F1, over everything that a graph has. The seed is in the test's name.
describe.each([{ mode: 'child' as const }, { mode: 'inline' as const }])(
  'a graph whose worker is killed, tasks $mode',
  ({ mode }) => {
    let env: RunEnv;
    let worker: WorkerProcess | null = null;

    beforeAll(async () => {
      buildIfStale();
      env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    });
    beforeEach(async () => {
      worker ??= await spawnWorker(env.settings);
    });
    afterAll(async () => {
      const left = worker ? descendantsOf(worker.pid) : [];
      await worker?.stop();
      await env.close();
      expect(await stillAlive(left, 5000)).toEqual([]);
    });

    describe.each(graphPlaces)('%s', (place) => {
      it.each(seedsOf(1))('seed %i', async (seed) => {
        const dying = worker!;
        worker = null;
        worker = await crashGraph({ env, worker: dying, mode, place }, seed);
      });
    });
  },
);
