import { hostname } from 'node:os';
import { asyncLocalStorage } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import type { InjectedSinks, NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { ActivityDependencies, ToolServers } from '../activities/base/dependencies.ts';
import { createActivities } from '../activities/index.ts';
import type { Activities } from '../contracts/activities.ts';
import { fitTuning, type FittedTuning } from '../domain/run/worker-tuning.ts';
import { longestComputation } from '../domain/run/standstill.ts';
import { worstCaseOf } from '../models/estimate.ts';
import type { WorkerStore } from '../store/open-store.ts';
import { openStore } from '../store/open-store.ts';
import { dataConverterOf } from '../host/payloads/data-converter.ts';
import type { ToolSettings } from '../tools/registry.ts';
import { createTools } from '../tools/registry.ts';
import type { ShellSettings } from '../tools/shell/sandbox.ts';
import { findSandbox } from '../tools/shell/sandbox.ts';
import { ownFolders } from '../config/own-folders.ts';
import { createWorkspaceHost } from '../tools/shell/workspace-host.ts';
import { startOrphanWatch } from './watches/cancel-orphans.ts';
import { startCommunicationFiles } from './communication-files.ts';
import { connectWorker } from './connect.ts';
import { deploymentLines, deploymentOptions, describeDeployment, makeCurrent } from './deployment.ts';
import { createModels } from './models.ts';
import { withOwn } from './own-activities.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { installRuntime } from './runtime.ts';
import { startWordWatch } from './watches/lost-words.ts';
import { startRetention } from './retention.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { serversOf, watchServers } from './server-watch.ts';
import type { WorkerSettings } from './settings.ts';
import { toAddedTasks } from './to-added-tasks.ts';
import { readInput } from '../definition/draft/input-values.ts';
import { checkInput } from '../definition/run-input.ts';
import { toPlan } from './to-plan.ts';
import { mainTuning, toolsTuning } from './tuning.ts';
import { startPeerWatch } from './watch-peers.ts';
import { startToolServers } from './mcp/tool-servers.ts';
import { traceActivities } from './tracing/traced-activity.ts';
import { noSpans, type SpanSinks } from '../domain/tracing/spans.ts';
import { openTracing } from '../host/tracing/open-tracing.ts';
import type { Tracing } from '../host/tracing/tracing.ts';
import { planFolderProblem } from './work-folders.ts';
import { failureConverterOf, workflowCode } from './workflow-code.ts';
import { workerIdentity } from './worker-identity.ts';

/** A worker that polls. */
export interface RunningWorker {
  /** Rejects when the worker dies by itself. */
  failed: Promise<never>;
  /** Which shell its agents get, in one line for people. */
  shell: string;
  /** Whether that shell is closed in. */
  isSandboxed: boolean;
  /** What its namespace lacks, in lines for people; none when it has everything. */
  missing: string[];
  /** How its version stands in its deployment, in lines for people; none for an unversioned worker. */
  deployment: string[];
  /** Ends it: nothing new is taken, calls in flight have 10 s to end, the rest is handed back to Temporal and goes on elsewhere. */
  stop(): Promise<void>;
}

/**
 * Starts a worker: the composition root, where real things are put together.
 *
 * @throws StoreError, or the SDK's error when Temporal does not answer, or Error when its version cannot become current
 */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  const tuning = fitTuning(settings.tuning ?? {});
  installRuntime(settings);
  const [host, { namespace }] = [hostname(), settings.temporal];
  const [store, connection, found, tracing] = await Promise.all([
    openStore(settings.databaseUrl, tuning.connections),
    connectWorker(settings.temporal),
    findSandbox({ allowUnsandboxed: settings.unsandboxedShell, avoid: [settings.workspace] }),
    settings.tracing ? openTracing(settings.tracing) : null,
  ]);
  const sandbox = { ...found, places: placesOf(settings) };
  // Beside the start, not before it.
  const peers = startPeerWatch(connection, { namespace, taskQueue: settings.taskQueue });
  const closing = [() => peers.stop(), async () => tracing?.flush()];
  const close = () => closeAll(closing, { store, connection });
  try {
    const { present, lines } = await ensureSearchAttributes(connection, namespace);
    const folderHost = settings.host ?? host;
    const workspaceQueue = `${settings.taskQueue}@${folderHost}`;
    const place = { host, folderHost, workspaceQueue, searchAttributes: present };
    const { servers: live, stop } = startToolServers({ shell: sandbox, allow: settings.webAllow }, store);
    closing.push(stop);
    const servers = settings.models.replay?.servers(live) ?? live;
    const things = await realThings(settings, { store, sandbox, place, servers, spans: tracing ?? noSpans });
    const activities = createActivities(things);
    const workers = await createWorkers(settings, { connection, activities, host, workspaceQueue, tuning, tracing });
    const stopJobs = startJobs(settings, { store, connection });
    const running = runAll(workers, async () => {
      await stopJobs();
      await close();
    });
    const deployment = await joinDeployment(connection, settings).catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    return { ...running, ...shellOf(sandbox), deployment, missing: lines };
  } catch (error) {
    await close();
    throw error;
  }
}

function placesOf({ agentsDirs, places }: WorkerSettings): NonNullable<ShellSettings['places']> {
  return { project: process.cwd(), agents: agentsDirs, ...places };
}

async function closeAll(
  first: readonly (() => Promise<void>)[],
  { store, connection }: { store: WorkerStore; connection: NativeConnection },
): Promise<void> {
  await Promise.all(first.map((end) => end()));
  await store.close();
  await connection.close();
}

function shellOf({
  sandbox,
  reason,
}: ShellSettings & { reason: string }): Pick<RunningWorker, 'shell' | 'isSandboxed'> {
  return { shell: reason, isSandboxed: sandbox === 'bubblewrap' };
}

/** What a worker does besides. @returns what ends it */
function startJobs(
  settings: WorkerSettings,
  { store, connection }: { store: WorkerStore; connection: NativeConnection },
): () => Promise<void> {
  const watch = watchServers(serversOf(settings, { store, connection }), settings.say ?? (() => undefined));
  const retention = startRetention(store, settings.retentionMs ?? null);
  const orphans = settings.controlOnly ? null : startOrphanWatch(connection, settings.temporal, settings.taskQueue);
  const words = settings.controlOnly ? null : startWordWatch(store, connection, settings.temporal);
  const files = settings.controlOnly ? null : startCommunicationFiles(settings, { store, connection });
  return async () => {
    watch.stop();
    await retention.stop();
    await Promise.all([orphans?.stop(), words?.stop(), files?.stop()]);
  };
}

async function realThings(
  settings: WorkerSettings,
  {
    store,
    sandbox,
    place,
    servers,
    spans,
  }: {
    store: WorkerStore;
    sandbox: ShellSettings;
    servers: ToolServers;
    spans: ActivityDependencies['spans'];
    place: Pick<ActivityDependencies, 'host' | 'folderHost' | 'workspaceQueue' | 'searchAttributes'>;
  },
): Promise<ActivityDependencies> {
  const live = createTools({ shell: sandbox, web: webSettings(settings) }, settings.tools);
  const tools = settings.models.replay?.tools(live) ?? live;
  return {
    store,
    models: await createModels(settings.models, store.sql, settings.rateLimits),
    workspaceHost: createWorkspaceHost(sandbox, ownFolders()),
    ...{ tools, servers, spans },
    worstCaseOf,
    toPlan: (input) => toPlan(settings, input),
    folderProblem: (folder) => planFolderProblem(settings.folders, folder),
    checkInput,
    readInput,
    toAddedTasks: (request) => toAddedTasks(request, [...tools.values()], settings.models.replay),
    ...place,
  };
}

function webSettings({ webAllow, search = null, models }: WorkerSettings): ToolSettings['web'] {
  return { allow: webAllow, search, isSearchedElsewhere: models.searches === true };
}

interface WorkerParts {
  connection: NativeConnection;
  host: string;
  tracing: Tracing | null;
}

/** What the workers of both queues have. */
function commonOptions(settings: WorkerSettings, { connection, host, tracing }: WorkerParts) {
  const { namespace } = settings.temporal;
  const activity = [
    refuseForeign,
    ...(tracing ? [traceActivities(tracing)] : []),
    ...(settings.activityInterceptors ?? []),
  ];
  return {
    ...{ connection, namespace, identity: workerIdentity(host), ...timing },
    dataConverter: {
      ...dataConverterOf(settings.temporal, { isStrict: true, isInActivity }).dataConverter,
      ...failureConverterOf(settings),
    },
    interceptors: { activity },
    sinks: { ...settings.sinks, ...(tracing && spanSinks(tracing)) },
  };
}

async function createWorkers(
  settings: WorkerSettings,
  parts: WorkerParts & { activities: Activities; workspaceQueue: string; tuning: FittedTuning },
): Promise<Worker[]> {
  const { activities, workspaceQueue, tuning, tracing } = parts;
  const common = commonOptions(settings, parts);
  const main = Worker.create({
    ...common,
    ...workflowCode(settings, { traces: tracing !== null }),
    ...deploymentOptions(settings.deployment),
    taskQueue: settings.taskQueue,
    activities: withOwn(activities, settings.ownActivities),
    enableNonLocalActivities: settings.controlOnly !== true,
    ...mainTuning(tuning),
  });
  if (settings.controlOnly) return [await main];
  const { callTool, doTool, compensate, saveCheckpoint } = activities;
  const workspace = Worker.create({
    ...common,
    taskQueue: workspaceQueue,
    activities: { callTool, doTool, compensate, saveCheckpoint },
    ...toolsTuning(tuning),
  });
  return Promise.all([main, workspace]);
}

// What is walked through again was told the first time.
function spanSinks(tracing: Tracing): InjectedSinks<SpanSinks> {
  return { gafferSpans: { tell: { fn: (_info, span) => tracing.tell(span), callDuringReplay: false } } };
}

async function joinDeployment(connection: NativeConnection, settings: WorkerSettings): Promise<string[]> {
  const { deployment } = settings;
  if (!deployment) return [];
  const { namespace } = settings.temporal;
  if (deployment.makeCurrent) await makeCurrent(connection, namespace, deployment);
  return deploymentLines(deployment, await describeDeployment(connection, namespace, deployment.name));
}

/*
 * A cancel must reach a model call within a second. Whoever waits for its own sticky queue in vain replays its whole history, which a
 * crowded machine can afford least; what waits for a dead worker there is woken (wake-orphans.ts). Workflow code that stands still in the
 * middle of a computation is not one that never ends (src/domain/run/standstill.ts).
 * On shutdown calls in flight may end, for half of an answer is paid for and asked again; what takes longer is cut off, and the next
 * worker goes on with it.
 */
const timing = {
  maxHeartbeatThrottleInterval: '1 s',
  stickyQueueScheduleToStartTimeout: '10 s',
  isolateExecutionTimeout: longestComputation,
  shutdownGraceTime: '10 s',
  shutdownForceTime: '15 s',
} satisfies Partial<WorkerOptions> & { isolateExecutionTimeout: string };

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

const isInActivity = (): boolean => asyncLocalStorage.getStore() !== undefined;
