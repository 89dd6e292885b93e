import { hostname } from 'node:os';
import type { MetricMeter } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { ActivityDependencies, ToolServers } from '../activities/base/dependencies.ts';
import { createActivities } from '../activities/index.ts';
import { fitTuning } from '../domain/run/worker-tuning.ts';
import { worstCaseOf } from '../models/estimate.ts';
import type { WorkerStore } from '../store/open-store.ts';
import { openStore } from '../store/open-store.ts';
import type { Sql } from '../store/database/sql.ts';
import type { ToolSettings } from '../tools/registry.ts';
import { createTools } from '../tools/registry.ts';
import type { ShellSettings } from '../host/sandbox/sandbox.ts';
import { findSandbox } from '../host/sandbox/sandbox.ts';
import { ownFolders } from '../config/own-folders.ts';
import { openWorktrees } from './worktrees/open-worktrees.ts';
import { startWorktreeSweep } from './watches/sweep-each-minute.ts';
import { createWorkspaceHost } from '../tools/shell/workspace-host.ts';
import { startOrphanWatch } from './watches/cancel-orphans.ts';
import { startCommunicationFiles } from './communication-files.ts';
import { connectWorker } from './connect.ts';
import { createRunners } from './foreign/create-runners.ts';
import { openHomes } from './foreign/sweep-homes.ts';
import { createWorkers } from './create-workers.ts';
import { deploymentLines, describeDeployment, makeCurrent } from './deployment.ts';
import { accountsOfGateway } from './gateway/worker-gateway.ts';
import { createModels, type ModelSettings } from './models.ts';
import { installRuntime } from './runtime.ts';
import { startWordWatch } from './watches/lost-words.ts';
import { startRetention } from './retention.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { serversOf, watchServers } from './server-watch.ts';
import type { WorkerSettings } from './settings.ts';
import { holdLease } from './lease/hold-lease.ts';
import { workerIdentity } from './lease/worker-identity.ts';
import { toAddedTasks } from './to-added-tasks.ts';
import { readInput } from '../definition/draft/input-values.ts';
import { checkInput } from '../definition/run-input.ts';
import { createTrainHost } from '../worktrees/merge/train-host.ts';
import { toPlan } from './to-plan.ts';
import { startToolServers } from './mcp/tool-servers.ts';
import { measureSpans } from './metrics/measured-spans.ts';
import { noSpans, type Spans } from '../domain/tracing/spans.ts';
import { openTracing } from '../host/tracing/open-tracing.ts';
import type { Tracing } from '../host/tracing/tracing.ts';
import { planFolderProblem } from './work-folders.ts';

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
  const meter = installRuntime(settings);
  const [host, { namespace }] = [hostname(), settings.temporal];
  const [store, connection, found, tracing] = await Promise.all([
    openStore(settings.databaseUrl, tuning.connections),
    connectWorker(settings.temporal),
    findSandbox({ allowUnsandboxed: settings.unsandboxedShell, avoid: [settings.workspace] }),
    settings.tracing ? openTracing(settings.tracing) : null,
  ]);
  const sandbox = { ...found, places: placesOf(settings) };
  // Beside the start, not before it.
  const lease = holdLease(store, connection, { host, namespace, taskQueue: settings.taskQueue });
  const workers: Worker[] = [];
  const closing: (() => Promise<unknown>)[] = [() => lease.stop(), async () => tracing?.flush()];
  const close = () => closeAll(closing, { store, connection });
  try {
    const { present, lines } = await ensureSearchAttributes(connection, namespace);
    const folderHost = settings.host ?? host;
    const workspaceQueue = `${settings.taskQueue}@${folderHost}`;
    const place = { host, folderHost, workspaceQueue, searchAttributes: present, isStopping: stops(workers) };
    const { servers: live, stop } = startToolServers({ shell: sandbox, allow: settings.webAllow }, store);
    closing.push(stop);
    const [servers, spans] = [settings.models.replay?.servers(live) ?? live, spansOf(tracing, meter)];
    const models = await modelsOf(settings, { sql: store.sql, host, closing });
    const things = await realThings({ ...settings, models }, { store, sandbox, place, servers, spans });
    closing.push(() => things.train.clear());
    const parts = { connection, activities: createActivities(things), host, workspaceQueue, tuning, tracing, meter };
    workers.push(...(await createWorkers(settings, { ...parts, lease })));
    const stopJobs = startJobs(settings, { store, connection });
    const running = runAll(workers, () => stopJobs().then(close));
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

function spansOf(tracing: Tracing | null, meter: MetricMeter | null): Spans {
  const spans = tracing ?? noSpans;
  return meter ? measureSpans(spans, meter) : spans;
}

function placesOf({ agentsDirs, places }: WorkerSettings): NonNullable<ShellSettings['places']> {
  return { project: process.cwd(), agents: agentsDirs, ...places };
}

async function closeAll(
  first: readonly (() => Promise<unknown>)[],
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
  const say = settings.say ?? (() => undefined);
  const sweep = settings.controlOnly ? null : startWorktreeSweep(store, connection, say);
  const files = settings.controlOnly ? null : startCommunicationFiles(settings, { store, connection });
  return async () => {
    watch.stop();
    await retention.stop();
    await Promise.all([orphans?.stop(), words?.stop(), files?.stop(), sweep?.stop()]);
  };
}

/** Whom models are asked as: a gateway's accounts, where one stands before them, or our own. */
async function modelsOf(
  { models, gateway, taskQueue }: WorkerSettings,
  { sql, host, closing }: { sql: Sql; host: string; closing: (() => Promise<unknown>)[] },
): Promise<ModelSettings> {
  if (!gateway?.asksModels) return models;
  const asked = await accountsOfGateway(models, gateway, { sql, name: `${workerIdentity(host)} ${taskQueue}` });
  // A database that is away keeps no worker from its end: the token has one of its own.
  closing.push(() => asked.end().catch(() => undefined));
  return asked.settings;
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
    spans: Spans;
    place: Pick<ActivityDependencies, 'host' | 'folderHost' | 'workspaceQueue' | 'searchAttributes' | 'isStopping'>;
  },
): Promise<ActivityDependencies> {
  const live = createTools({ shell: sandbox, web: webSettings(settings) }, settings.tools);
  const tools = settings.models.replay?.tools(live) ?? live;
  return {
    store,
    models: await createModels(settings.models, store.sql, settings.rateLimits),
    workspaceHost: createWorkspaceHost(sandbox, ownFolders()),
    train: createTrainHost(),
    worktrees: await openWorktrees(store.sql, sandbox.bwrapPath ?? null),
    runners: createRunners(
      { shell: sandbox, allow: settings.webAllow },
      { homes: await openHomes(store.sql), gateway: settings.gateway ?? null },
    ),
    ...{ tools, servers, spans },
    worstCaseOf,
    gateway: settings.gateway ?? null,
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

async function joinDeployment(connection: NativeConnection, settings: WorkerSettings): Promise<string[]> {
  const { deployment } = settings;
  if (!deployment) return [];
  const { namespace } = settings.temporal;
  if (deployment.makeCurrent) await makeCurrent(connection, namespace, deployment);
  return deploymentLines(deployment, await describeDeployment(connection, namespace, deployment.name));
}

/** Says whether one of these workers begins to stop, or has. */
function stops(workers: readonly Worker[]): () => boolean {
  return () => workers.some((worker) => !['INITIALIZED', 'RUNNING'].includes(worker.getState()));
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
