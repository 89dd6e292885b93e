import { createWriteStream, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { createAnthropicModel } from '../models/anthropic.ts';
import { worstCaseOf } from '../models/estimate.ts';
import { openStore } from '../store/open-store.ts';
import { createTools } from '../tools/registry.ts';
import { findSandbox } from '../tools/sandbox.ts';
import { connectWorker, ensureSearchAttributes } from './connect.ts';
import type { WorkerSettings } from './settings.ts';
import { toPlan } from './to-plan.ts';
import { wakeOrphans } from './wake-orphans.ts';
import { workerIdentity } from './worker-identity.ts';

/** A worker that polls. */
export interface RunningWorker {
  /** Rejects when the worker dies by itself. */
  failed: Promise<never>;
  /** Which shell its agents get, in one line for people. */
  shell: string;
  /** Ends it: what is in flight is handed back to Temporal and goes on elsewhere. */
  stop(): Promise<void>;
}

/**
 * Starts a worker: the composition root, where real things are put together.
 *
 * @throws StoreError, or the SDK's error when Temporal does not answer
 */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  installRuntime(settings.logFile);
  const host = hostname();
  const { namespace } = settings.temporal;
  const [store, connection, sandbox] = await Promise.all([
    openStore(settings.databaseUrl, { maxConnections: 20 }),
    connectWorker(settings.temporal),
    findSandbox({ allowUnsandboxed: settings.unsandboxedShell }),
  ]);
  const close = async (): Promise<void> => {
    await store.close();
    await connection.close();
  };
  try {
    const hasSearchAttributes = await ensureSearchAttributes(connection, namespace);
    const workspaceQueue = `${settings.taskQueue}@${host}`;
    const { apiKey, baseURL } = settings.model;
    const activities = createActivities({
      store,
      model: createAnthropicModel({ apiKey, ...(baseURL === null ? {} : { baseURL }) }),
      modelKind: settings.model.kind,
      tools: createTools({ shell: sandbox, web: { allow: settings.webAllow } }),
      worstCaseOf,
      toPlan: (input) => toPlan(settings, input),
      host,
      workspaceQueue,
      hasSearchAttributes,
    });
    const common = { connection, namespace, identity: workerIdentity(host), ...timing };
    // Beside the start, not before it: a server that does not let us look must not keep us from working.
    wakeOrphans(connection, { namespace, taskQueue: settings.taskQueue, host }).catch((error: unknown) => {
      Runtime.instance().logger.warn('orphans are left to their timeouts', { error });
    });
    const workers = await Promise.all([
      Worker.create({
        ...common,
        ...workflowCode(settings),
        taskQueue: settings.taskQueue,
        activities,
        ...cache(settings),
      }),
      Worker.create({ ...common, taskQueue: workspaceQueue, activities: { callTool: activities.callTool } }),
    ]);
    return { ...runAll(workers, close), shell: sandbox.reason };
  } catch (error) {
    await close();
    throw error;
  }
}

/*
 * A cancel must reach a model call within a second, and a dead worker's sticky queue must not hold a run up.
 * On shutdown nothing is waited for: every step is journaled, so the next worker goes on with it.
 */
const timing = {
  maxHeartbeatThrottleInterval: '1 s',
  stickyQueueScheduleToStartTimeout: '2 s',
  shutdownGraceTime: 0,
  shutdownForceTime: '5 s',
} satisfies Partial<WorkerOptions>;

function cache({ maxCachedWorkflows }: WorkerSettings): Partial<WorkerOptions> {
  return maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows };
}

function workflowCode({ workflowBundle }: WorkerSettings): Partial<WorkerOptions> {
  const codePath = workflowBundle ?? fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (!existsSync(codePath)) throw new Error(`the workflow bundle ${codePath} is missing: run \`npm run build\``);
  return { workflowBundle: { codePath } };
}

function runAll(workers: Worker[], close: () => Promise<void>): Pick<RunningWorker, 'failed' | 'stop'> {
  const running = workers.map((worker) => worker.run());
  const failed = new Promise<never>((_resolve, reject) => {
    for (const run of running) run.catch(reject);
  });
  // Whoever asks gets the failure; nobody asking must not end the process.
  failed.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(running);
    await close();
  };
  return { failed, stop: () => (stopping ??= stop()) };
}

let isInstalled = false;

// The SDK's log belongs into a file: on a terminal it would tear the live area apart. One runtime a process.
function installRuntime(logFile: string | null): void {
  if (isInstalled) return;
  isInstalled = true;
  const stream = logFile === null ? null : createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  stream?.on('error', () => undefined);
  const logger = new DefaultLogger('WARN', ({ level, message, meta, timestampNanos }) => {
    const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const error = (meta?.['error'] as Error | undefined)?.stack ?? '';
    stream?.write(`${at} ${level} ${message} ${JSON.stringify({ ...meta, error: undefined })} ${error}\n`);
  });
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'WARN' } }, shutdownSignals: [] });
}
