import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { WorkerSettings } from '../../workers/settings.ts';
import type { CommandContext } from '../base/context.ts';
import { modelLine, openModel, type ModelWish, type RunningModel } from './model.ts';
import { orUnreachable, type Session } from './session.ts';
import { noteWorker, type LocalWorker } from './worker-files.ts';

/** Who does the work of a run: a worker in this process, or one elsewhere. */
export interface Crew {
  launch: LaunchInfo;
  /** Rejects when the worker in this process dies; empty when it is elsewhere, so that both can be raced alike. */
  failed: Promise<never>[];
}

/** Settings of a worker in this process. */
export interface CrewSettings {
  role: LocalWorker['role'];
  launch: Omit<LaunchInfo, 'model' | 'script' | 'scriptPort'>;
  model: RunningModel;
  workspace: string;
  workflowsDir: string | null;
  agentsDirs: string[];
  deployment?: WorkerSettings['deployment'];
  /** Ended runs older than this are removed by it; default: none is. */
  retentionMs?: number | null;
  /** Only answers for its runs, and takes no step that costs money or touches the world. */
  controlOnly?: boolean;
  /** Told which shell the agents get. */
  say: (line: string) => void;
}

/** Opens the model that a launch asks for and says which; it is closed with the session. */
export async function openSessionModel(
  context: CommandContext,
  session: Session,
  wish: ModelWish,
  say: (line: string) => void,
): Promise<RunningModel> {
  const model = await openModel(context.config, wish);
  session.cleanup.add(() => model.close());
  say(modelLine(model));
  return model;
}

/** Starts a worker in this process; it stops with the session. */
export async function startCrew(session: Session, settings: CrewSettings): Promise<Crew> {
  const { startWorker } = await import('../../workers/start-worker.ts');
  const { model } = settings;
  const launch: LaunchInfo = {
    ...settings.launch,
    model: model.settings.kind,
    script: model.script,
    scriptPort: model.port,
  };
  const logs = join(session.home, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const starting = orUnreachable(session.temporal, () =>
    startWorker({
      temporal: session.temporal,
      databaseUrl: session.stack.databaseUrl,
      taskQueue: launch.taskQueue,
      models: model.settings,
      ...(model.rateLimits && { rateLimits: model.rateLimits }),
      workspace: settings.workspace,
      workflowsDir: settings.workflowsDir,
      agentsDirs: settings.agentsDirs,
      unsandboxedShell: launch.unsandboxedShell,
      webAllow: launch.webAllow,
      ...(settings.controlOnly && { controlOnly: true }),
      logFile: join(logs, `worker-${process.pid}.log`),
      retentionMs: settings.retentionMs ?? null,
      ...(settings.deployment && { deployment: settings.deployment }),
    }),
  );
  // A server that takes connections and says nothing would hold the worker up for half a minute; a client gives up sooner.
  const [worker] = await Promise.all([starting, session.connect(launch.taskQueue)]);
  session.cleanup.add(() => drain(worker, settings.say));
  // Nobody may take it for somebody who does the work.
  if (settings.controlOnly) return { launch, failed: [worker.failed] };
  settings.say(`Shell: ${worker.shell}`);
  for (const line of worker.deployment) settings.say(line);
  const forget = await noteWorker(session.home, settings.role, launch);
  session.cleanup.add(async () => forget());
  worker.failed.catch(() => undefined);
  return { launch, failed: [worker.failed] };
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
