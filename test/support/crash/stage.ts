import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { aboutLocks } from '../invariants/crew.ts';
import type { Kill } from '../invariants/invariants.ts';
import { lookAtFlight } from '../invariants/invariants.ts';
import { descendantsOf, stillAlive } from '../base/processes.ts';
import type { RunEnv, RunEnvOptions } from '../run/run-env.ts';
import { openRunEnv } from '../run/run-env.ts';
import type { WorkerProcess } from '../run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../run/worker-process.ts';

/** An environment whose worker is a process that tests kill. */
export interface CrashStage {
  readonly env: RunEnv;
  /** The worker that lives; a test that ends it puts another one here. */
  worker: WorkerProcess;
  /** Stops the worker in the middle of whatever it does, kills it and starts the next one. @returns what that found of a run */
  crash(runKey: string, options?: CrashOptions): Promise<Kill>;
}

/** How a worker is replaced. */
interface CrashOptions {
  /** After the kill and before the next one starts: takes away what held the worker. */
  release?: () => Promise<void>;
  /** Workflow code of the next worker; default: today's. */
  workflowBundle?: string;
}

const goneWithinMs = 5000;

/**
 * Opens a stage for the tests of the `describe` around it. Every test finds a worker that lives; after a failed one that is a new one.
 * In the end nothing that it started may be left.
 */
export function openCrashStage(options: RunEnvOptions = {}): CrashStage {
  let env: RunEnv | null = null;
  let worker: WorkerProcess | null = null;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ ...options, withWorker: false });
  });
  beforeEach(async () => {
    worker ??= await spawnWorker(env!.settings);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await worker?.kill();
    worker = null;
  });
  afterAll(async () => {
    const left = worker ? descendantsOf(worker.pid) : [];
    await worker?.stop();
    await env?.close();
    expect(await stillAlive(left, goneWithinMs)).toEqual([]);
  });
  return {
    get env() {
      return env!;
    },
    get worker() {
      return worker!;
    },
    set worker(next) {
      worker = next;
    },
    async crash(runKey, { release, workflowBundle } = {}) {
      const dying = worker!;
      dying.freeze();
      const kill = await lookAtFlight(env!.store, runKey);
      expect(await aboutLocks(env!.store, runKey)).toEqual([]);
      const tools = descendantsOf(dying.pid);
      await dying.kill();
      await release?.();
      worker = await spawnWorker({ ...env!.settings, ...(workflowBundle !== undefined && { workflowBundle }) });
      expect(await stillAlive(tools, goneWithinMs)).toEqual([]);
      return kill;
    },
  };
}
