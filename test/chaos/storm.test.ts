import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedsOf } from '../support/crash-seeds.ts';
import { storm } from '../support/crash-storm.ts';
import { descendantsOf, stillAlive } from '../support/processes.ts';
import type { RunEnv } from '../support/run-env.ts';
import { openRunEnv } from '../support/run-env.ts';
import type { WorkerProcess } from '../support/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/worker-process.ts';

describe('a graph in a storm', () => {
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

  it.each(seedsOf(1))('seed %i', { timeout: 120_000 }, async (seed) => {
    const dying = worker!;
    worker = null;
    worker = await storm(env, dying, seed);
  });
});
