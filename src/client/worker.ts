/// <reference lib="esnext.disposable" preserve="true" />
import { resolve } from 'node:path';
import type { WorkerConfig } from '../config/worker-settings.ts';
import { UsageError } from '../domain/errors.ts';
import { fitTuning, type WorkerTuning } from '../domain/run/worker-tuning.ts';
import type { OwnTool } from '../domain/tools/own-tool.ts';
import type { WorkerSettings } from '../workers/settings.ts';
import type { ConnectOptions } from './connect-options.ts';
import { toolsOf } from './crew/own-tools.ts';
import { openPlace } from './connection/open-place.ts';
import { openSessionModel, startCrew } from './crew/local-crew.ts';
import { wishFor } from './crew/model.ts';
import { versionOf } from './crew/worker-version.ts';
import { variablesOf, type WorkerModel } from './crew/worker-model.ts';
import { agentFolders } from './start/agent-folders.ts';
import { checkFolder } from './start/check-folder.ts';
import { whenAborted } from '../host/when-aborted.ts';

export { defineTool } from './define-tool.ts';
export type { OwnTool, OwnToolCall } from '../domain/tools/own-tool.ts';

/** Whose workflows a worker has besides Gaffer's: those of a file or folder, or of a bundle that {@link bundleWorkflows} made. */
type OwnCode =
  | { workflowsPath?: string; workflowBundle?: never }
  | { workflowsPath?: never; workflowBundle?: { code: string } | { codePath: string } };

/** What a worker works on, and with what. Paths may be relative to `cwd`; what is left out is what the terminal would take there. */
export type WorkerOptions = OwnCode &
  Omit<ConnectOptions, 'taskQueue'> & {
    /** Activities of your own workflows. */
    activities?: object;
    /** Default: `gaffer-own`, or `GAFFER_TASK_QUEUE` with `-own`. A worker without your workflows must not poll it. */
    taskQueue?: string;
    /** Folders with agents, looked into before those of the project. */
    agents?: string[];
    /** Tools of your own, made by {@link defineTool}: by their names for agents, tasks and what undoes tasks. */
    tools?: readonly OwnTool<never>[];
    /** Folder that tools work in when a run names none; default: `cwd`. */
    workspace?: string;
    /** Folders that runs may work below besides `workspace`. */
    folders?: string[];
    /** How the model is reached, instead of by the environment's key. */
    model?: WorkerModel;
    /** Module that exports rules of a scripted model: no key, no costs. */
    script?: string;
    /** Lets agents' commands run without a sandbox. */
    allowUnsandboxedShell?: boolean;
    /** How much it does at once; what is left out is what the environment says, or fits the rest. */
    tuning?: WorkerTuning;
    /** Version of your code in a worker deployment, made current if so said; default: unversioned. */
    deployment?: { name: string; buildId: string; makeCurrent?: boolean };
    /** `IP:PORT`, or a port of 127.0.0.1, where Prometheus finds the SDK's metrics; default: `GAFFER_METRICS`, or nowhere. */
    metrics?: string;
    /** Sends the SDK's log to standard output as lines of JSON; default: `GAFFER_WORKER_LOG`, or a file of the home. */
    log?: 'file' | 'stdout';
    /** What stands before every activity, as of `@temporalio/interceptors-opentelemetry`. */
    activityInterceptors?: WorkerSettings['activityInterceptors'];
    /** Modules with interceptors of workflows, for yours and Gaffer's. With `workflowBundle`, give them to {@link bundleWorkflows}. */
    workflowInterceptorModules?: string[];
    /** Where those send what they tell. */
    sinks?: WorkerSettings['sinks'];
  };

/** A worker that is at work. */
export interface OwnWorker {
  readonly taskQueue: string;
  /** Rejects when the worker dies by itself. */
  readonly failed: Promise<never>;
  /** Ends when the worker was stopped, by {@link OwnWorker.stop}, Ctrl-C or SIGTERM. @throws what it died of */
  run(): Promise<void>;
  /** Takes nothing new, gives calls in flight 10 s to end, and hands the rest back to Temporal. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a worker for your own Temporal workflows and activities, and for Gaffer's beside them: one worker, one bundle.
 *
 * It finds servers as `connect` does; `start: true` starts what is missing.
 *
 * @throws UsageError when something of yours has the name of something of Gaffer's, or cannot be bundled
 * @throws UnreachableError when nothing runs there and nothing is to be started
 * @example
 * ```ts
 * import { fileURLToPath } from 'node:url';
 * import { createWorker } from 'gaffer-crew/worker';
 *
 * const worker = await createWorker({
 *   workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
 *   activities: { publish: async (text: string) => console.log(text) },
 *   say: console.log,
 * });
 * await worker.run();
 * ```
 */
export async function createWorker(options: WorkerOptions = {}): Promise<OwnWorker> {
  const tools = await toolsOf(options.tools ?? []);
  const own = { ...(await ownParts(options)), tools };
  const version = ownVersion(options);
  const env = { ...(options.env ?? process.env), ...variablesOf(options.model) };
  const session = await openPlace({ ...options, env });
  const { cwd, config, cleanup } = session;
  return cleanup.orUndo(async () => {
    const agentsDirs = await agentFolders({ cwd, given: options.agents });
    const workspace = checkFolder('workspace', resolve(cwd, options.workspace ?? '.'));
    const folders = (options.folders ?? []).map((folder) => checkFolder('folders', resolve(cwd, folder)));
    const script = options.script === undefined ? null : resolve(cwd, options.script);
    const taskQueue = options.taskQueue ?? `${config.taskQueue}-own`;
    const unsandboxedShell = options.allowUnsandboxedShell ?? config.allowUnsandboxedShell;
    const crew = await startCrew(session, {
      role: 'worker',
      launch: { taskQueue, webAllow: config.webAllow, unsandboxedShell },
      model: await openSessionModel(session, wishFor(config, script)),
      workspace,
      folders,
      workflowsDirs: [cwd],
      agentsDirs,
      retentionMs: config.retentionMs,
      ...{ own, ...version, ...(await sizeOf(options, config.worker)) },
    });
    const { stack } = await session.servers();
    session.say(`Working on task queue ${taskQueue} of ${stack.temporal.target.address}. Ctrl-C stops it.`);
    return toWorker(taskQueue, crew.failed[0]!, () => session.close());
  });
}

/**
 * Bundles your workflows with Gaffer's, for workers that are to start without doing so: write the code to a file, and give
 * {@link createWorker} its path as `workflowBundle: { codePath }`.
 *
 * @throws UsageError when one has the name of one of Gaffer's, or they cannot be bundled
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { bundleWorkflows } from 'gaffer-crew/worker';
 *
 * const { code } = await bundleWorkflows({ workflowsPath: 'src/workflows.ts' });
 * writeFileSync('dist/workflow-bundle.js', code);
 * ```
 */
export async function bundleWorkflows({
  workflowsPath,
  workflowInterceptorModules = [],
}: {
  workflowsPath?: string;
  /** Modules with interceptors of workflows, for yours and Gaffer's. */
  workflowInterceptorModules?: string[];
}): Promise<{ code: string }> {
  const workers = await import('../workers/bundle-workflows.ts');
  return workers.bundleWorkflows(workflowsPath, workflowInterceptorModules);
}

// Before anything is started: a mistake here costs nothing.
async function ownParts(options: WorkerOptions) {
  const { workflowsPath, workflowBundle, activities, activityInterceptors, sinks, cwd = process.cwd() } = options;
  const workflowInterceptorModules = (options.workflowInterceptorModules ?? []).map((path) => resolve(cwd, path));
  if (workflowsPath !== undefined && workflowBundle !== undefined)
    throw new UsageError('createWorker: give workflowsPath or workflowBundle, not both.');
  if (workflowBundle !== undefined && workflowInterceptorModules.length > 0) {
    throw new UsageError(
      'createWorker: workflowInterceptorModules are part of a bundle: give them to bundleWorkflows.',
    );
  }
  const parts = {
    ...(activities && { ownActivities: activities }),
    ...(activityInterceptors && { activityInterceptors }),
    ...(sinks && { sinks }),
  };
  if (workflowsPath !== undefined || workflowInterceptorModules.length > 0) {
    const own = workflowsPath === undefined ? {} : { workflowsPath: resolve(cwd, workflowsPath) };
    const { code } = await bundleWorkflows({ ...own, workflowInterceptorModules });
    return { ...parts, workflowCode: code };
  }
  if (workflowBundle === undefined) return parts;
  if ('code' in workflowBundle) return { ...parts, workflowCode: workflowBundle.code };
  return { ...parts, workflowBundle: resolve(cwd, workflowBundle.codePath) };
}

/** What the program says of the worker, over what the environment says. */
async function sizeOf({ tuning = {}, metrics, log }: WorkerOptions, config: WorkerConfig) {
  const { readListenAddress, tuningVariable } = await import('../config/worker-settings.ts');
  const merged = { ...config.tuning, ...tuning };
  fitTuning(merged, (key) => (tuning[key] === undefined ? tuningVariable(key) : `tuning.${key}`));
  return {
    tuning: merged,
    runtime: {
      metricsAddress: metrics === undefined ? config.metricsAddress : readListenAddress(metrics, 'metrics'),
      logsToStdout: log === undefined ? config.logsToStdout : log === 'stdout',
    },
  };
}

function ownVersion({ deployment }: WorkerOptions) {
  if (!deployment) return {};
  const names = { name: 'deployment.name', buildId: 'deployment.buildId', makeCurrent: 'deployment.makeCurrent' };
  return { deployment: versionOf({ ...deployment, deployment: deployment.name }, names)! };
}

function toWorker(taskQueue: string, failed: Promise<never>, close: () => Promise<void>): OwnWorker {
  const asked = new AbortController();
  const stop = async (): Promise<void> => {
    asked.abort();
    await close();
  };
  return {
    taskQueue,
    failed,
    stop,
    [Symbol.asyncDispose]: stop,
    async run() {
      const end = (): void => asked.abort();
      // Once: the second Ctrl-C ends the process, as everywhere.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
      try {
        await Promise.race([failed, whenAborted(asked.signal)]);
      } finally {
        await stop();
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
      }
    },
  };
}
