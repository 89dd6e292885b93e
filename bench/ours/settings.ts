import { tmpdir } from 'node:os';
import type { WorkerSettings } from '../../src/workers/settings.ts';
import type { Surroundings } from '../program.ts';

/** Task queue of our worker. */
export const taskQueue = 'bench-ours';

/** Settings of our worker: the product's own, nothing tuned but what is asked for. */
export function workerSettings({ temporal, databaseUrl, model, tuning }: Surroundings): WorkerSettings {
  return {
    ...(tuning && { tuning }),
    ...{ temporal, databaseUrl, taskQueue, models: { kind: 'scripted' as const, accounts: { anthropic: model } } },
    ...{
      workspace: tmpdir(),
      folders: { within: [tmpdir()], plansAnywhere: true },
      workflowsDirs: [],
      agentsDirs: [],
      unsandboxedShell: false,
      webAllow: [],
      logFile: null,
    },
  };
}
