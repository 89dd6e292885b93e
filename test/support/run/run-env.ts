import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { connect } from '../../../src/client/index.ts';
import type { Runs, Run } from '../../../src/client/index.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import type { RunResult } from '../../../src/domain/run/run-result.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import type { Script, ScriptedModelServer } from '../../../src/testing/index.ts';
import { startScriptedModel } from '../../../src/testing/index.ts';
import type { WorkerSettings } from '../../../src/workers/settings.ts';
import { startWorker } from '../../../src/workers/start-worker.ts';
import { createTestDatabase } from '../store/database.ts';
import { TemporalWitness } from '../invariants/temporal-witness.ts';
import type { ModelKind } from '../../../src/domain/run/launch.ts';
import { builtBundle } from './worker-process.ts';

/** A worker with its own task queue, database, workspace and scripted model, on the shared Temporal server. */
export interface RunEnv {
  model: ScriptedModelServer;
  store: WorkerStore;
  client: Runs;
  temporal: TemporalWitness;
  workspace: string;
  settings: WorkerSettings;
  start(plan: Plan, options?: { runId?: string; board?: string }): Promise<Run>;
  /** Runs a plan to its end. */
  run(plan: Plan, options?: { runId?: string; board?: string }): Promise<RunResult>;
  story(runId: string): Promise<RunEvent[]>;
  close(): Promise<void>;
}

/** How to open a {@link RunEnv}. */
export interface RunEnvOptions {
  script?: Script;
  settings?: Partial<WorkerSettings>;
  /** `false` leaves the worker to the test. */
  withWorker?: boolean;
  /** For which runs the worker takes itself; `anthropic`: those that `gaffer` starts. Default: `scripted`. */
  modelKind?: ModelKind;
}

/** Opens a {@link RunEnv}. */
export async function openRunEnv(options: RunEnvOptions = {}): Promise<RunEnv> {
  const database = await createTestDatabase();
  const model = await startScriptedModel(options.script ?? { rules: [] });
  const store = await openStore(database.url);
  const workspace = mkdtempSync(join(tmpdir(), 'gaffer-test-'));
  const settings: WorkerSettings = {
    temporal: inject('temporal'),
    databaseUrl: database.url,
    taskQueue: `test-${randomUUID().slice(0, 8)}`,
    // A key that is found nowhere else by chance: the checker looks for it.
    models: {
      kind: options.modelKind ?? 'scripted',
      accounts: { anthropic: { apiKey: `canary-${randomUUID()}`, baseURL: model.url } },
    },
    workspace,
    folders: { within: [tmpdir(), process.cwd()], plansAnywhere: false },
    workflowsDirs: [],
    agentsDirs: [],
    unsandboxedShell: false,
    webAllow: [],
    logFile: null,
    workflowBundle: inject('workflowBundle'),
    ...options.settings,
  };
  const worker = options.withWorker === false ? null : await startWorker(settings);
  const client = await connect({
    ...{ temporal: settings.temporal, databaseUrl: settings.databaseUrl, taskQueue: settings.taskQueue },
    ...{ cwd: workspace, env: {} },
  });
  const temporal = new TemporalWitness(settings.temporal, settings.workflowBundle ?? builtBundle);
  const start: RunEnv['start'] = (plan, { runId = `run-${randomUUID().slice(0, 8)}`, board } = {}) =>
    client.start({
      plan: { ...plan, workspace: plan.workspace || workspace },
      id: runId,
      ...(board && { board }),
    });
  return {
    ...{ model, store, client, temporal, workspace, settings, start },
    run: async (plan, runOptions) => (await start(plan, runOptions)).result(),
    async story(runId) {
      const run = await store.runs.find(runId);
      return run ? store.events.list(run.runKey) : [];
    },
    async close() {
      await worker?.stop();
      await temporal.close();
      await client.close();
      await store.close();
      await model.close();
      await database.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}
