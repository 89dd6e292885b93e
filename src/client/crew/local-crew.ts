import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { userStateDir } from '../../host/private-folder.ts';
import type { WorkerSettings } from '../../workers/settings.ts';
import type { RunningWorker } from '../../workers/start-worker.ts';
import { printOf } from './accounts-print.ts';
import type { Crew, CrewGateway } from './crew.ts';
import { gatewayOf, withoutKeys } from './crew-gateway.ts';
import { modelLine, openModel, type ModelWish, type RunningModel } from './model.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import { shippedExamples } from '../../host/package/shipped.ts';
import type { Session } from '../connection/session.ts';
import { openTools } from './own-tools.ts';
import { openReplay } from '../cassette/open-replay.ts';
import { noteWorker, type LocalWorker } from './worker-files.ts';

/** Version of the code of a worker, made current if so said. */
export type WorkerVersion = NonNullable<WorkerSettings['deployment']>;

/** Settings of a worker in this process. */
export interface CrewSettings {
  role: LocalWorker['role'];
  launch: Omit<LaunchInfo, 'model' | 'script' | 'scriptPort'>;
  model: RunningModel;
  workspace: string;
  /** Folders that it may work below besides its workspace; left out for the worker of one run, whose plan says where. */
  folders?: readonly string[];
  /** Folders of workflow files that can be started by name. Those of ours are no place to work in. */
  workflowsDirs: readonly string[];
  agentsDirs: string[];
  deployment?: WorkerVersion;
  /** Ended runs older than this are removed by it; default: none is. */
  retentionMs?: number | null;
  /** Only answers for its runs, and takes no step that costs money or touches the world. */
  controlOnly?: boolean;
  /** Somebody's own workflows and activities beside ours, and what stands before them. */
  own?: Pick<
    WorkerSettings,
    'tools' | 'workflowBundle' | 'workflowCode' | 'ownActivities' | 'activityInterceptors' | 'sinks'
  >;
  /** How much it does at once; default: what the environment says. */
  tuning?: WorkerSettings['tuning'];
  /** Where the SDK's metrics and log go; default: no metrics, and a file of the home. */
  runtime?: Pick<WorkerSettings, 'metricsAddress' | 'logsToStdout'>;
  /** Says nothing of itself. */
  isQuiet?: boolean;
}

/** Opens the model that a launch asks for and says which; it is closed with the session. */
export async function openSessionModel(
  session: Session,
  wish: ModelWish,
  { isQuiet = false, plan }: { isQuiet?: boolean; plan?: Plan } = {},
): Promise<RunningModel> {
  const model = await (wish.cassette ? openReplay(session, wish, wish.cassette) : openModel(session.config, wish));
  session.cleanup.add(() => model.close());
  if (!isQuiet) session.say(modelLine(model, plan));
  return model;
}

/** Starts a worker in this process; it stops with the session. */
export async function startCrew(session: Session, settings: CrewSettings): Promise<Crew> {
  const { model } = settings;
  const launch: LaunchInfo = {
    ...settings.launch,
    model: model.settings.kind,
    script: model.script,
    scriptPort: model.port,
  };
  const say = settings.isQuiet ? (): void => undefined : session.say;
  const gateway = settings.controlOnly ? null : await gatewayOf(session, model);
  const starting = startWorkerOf(session, settings, { launch, gateway });
  // A server that takes connections and says nothing would hold the worker up for half a minute; a client gives up sooner.
  const [worker] = await Promise.all([starting, session.connect()]);
  session.cleanup.add(() => drain(worker, say));
  worker.failed.catch(() => undefined);
  // Nobody may take it for somebody who does the work.
  if (settings.controlOnly) return { launch, failed: [worker.failed] };
  say(`Shell: ${worker.shell}`, worker.isSandboxed);
  for (const line of [...worker.missing, ...worker.deployment]) say(line);
  const { kind, accounts: own } = model.settings;
  const accounts = gateway?.asksModels ? gateway.print : kind === 'anthropic' ? printOf(own) : null;
  const keys = session.config.payloadKeys;
  const forget = await noteWorker(session.home, settings.role, launch, {
    ...(accounts && { accounts }),
    ...(keys && { payloadKeys: Object.keys(keys.keys) }),
  });
  session.cleanup.add(async () => forget());
  session.failures.push(worker.failed);
  const { replay } = model.settings;
  return { launch, failed: [worker.failed], ...(replay && { replayed: replay.counts }) };
}

async function startWorkerOf(
  session: Session,
  settings: CrewSettings,
  { launch, gateway }: { launch: LaunchInfo; gateway: CrewGateway | null },
): Promise<RunningWorker> {
  const [{ startWorker }, { userCacheDir }, { userConfigDir }] = await Promise.all([
    import('../../workers/start-worker.ts'),
    import('../../config/user-cache-dir.ts'),
    import('../../config/trust-store.ts'),
  ]);
  const { model, workspace, workflowsDirs, agentsDirs } = settings;
  const userFolders = [userConfigDir(), userCacheDir(), userStateDir()];
  const logs = join(session.home, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const foldersAndTools = await toolsAndFolders(session, settings);
  const { temporal, stack } = await session.servers();
  return orUnreachable(temporal, () =>
    startWorker({
      temporal,
      databaseUrl: stack.databaseUrl,
      taskQueue: launch.taskQueue,
      ...{ models: withoutKeys(model.settings, gateway), gateway },
      ...(model.rateLimits && { rateLimits: model.rateLimits }),
      ...{ workspace, workflowsDirs, agentsDirs, definitions: session.config.definitions.others },
      places: { project: session.cwd, home: session.home, userFolders },
      unsandboxedShell: launch.unsandboxedShell,
      ...{ webAllow: launch.webAllow, search: session.config.search },
      ...(settings.controlOnly && { controlOnly: true }),
      // Whoever follows a run says so by itself.
      ...(settings.role !== 'run' && { say: session.say }),
      logFile: join(logs, `worker-${process.pid}.log`),
      retentionMs: settings.retentionMs ?? null,
      ...(session.config.host !== null && { host: session.config.host }),
      ...{ tuning: settings.tuning ?? session.config.worker.tuning, tracing: session.config.tracing },
      ...settings.runtime,
      ...(settings.deployment && { deployment: settings.deployment }),
      ...{ ...foldersAndTools, ...settings.own },
    }),
  );
}

async function toolsAndFolders(session: Session, settings: CrewSettings) {
  // Who only answers calls none.
  const modules = settings.controlOnly ? [] : (settings.launch.tools ?? []);
  const folders = foldersOf(session, settings);
  return { folders: { ...folders, modules }, tools: await openTools(modules, folders.within) };
}

// A database of one's own has more clients than whoever starts this worker; the queue of a single run has one.
function foldersOf({ config }: Session, settings: CrewSettings): WorkerSettings['folders'] {
  const { workspace, workflowsDirs, folders } = settings;
  const isShared = config.temporal.isGiven || config.databaseUrl !== null;
  const within = [workspace, ...workflowsDirs.filter((folder) => folder !== shippedExamples()), ...(folders ?? [])];
  return { within, plansAnywhere: folders === undefined || !isShared };
}

const patienceMs = 700;

// What is cut off is asked and paid for again, so a stop waits a little; whoever does not want to wait is told how not to.
async function drain(worker: { stop: () => Promise<void> }, say: (line: string) => void): Promise<void> {
  const timer = setTimeout(
    () => say('Waiting up to 10 s for calls in flight, so that none is paid for twice. Ctrl-C leaves at once.'),
    patienceMs,
  );
  try {
    await worker.stop();
  } finally {
    clearTimeout(timer);
  }
}
