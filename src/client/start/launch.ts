import type { Config } from '../../config/config.ts';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { defaultProvider } from '../../domain/money/model-table.ts';
import { keyVariable } from '../../domain/money/provider-variables.ts';
import { providersAtWork } from '../../domain/run/models-at-work.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { RunPriority } from '../../domain/run-priority.ts';
import type { Session } from '../connection/session.ts';
import { UsageError } from '../../domain/errors.ts';
import { createRun } from '../create-run.ts';
import type { Crew } from '../crew/crew.ts';
import { otherSetting } from '../crew/other-accounts.ts';
import { checkKeys } from '../crew/check-keys.ts';
import { believeTools } from '../crew/own-tools.ts';
import { openSessionModel, startCrew } from '../crew/local-crew.ts';
import { keysInWords, scriptedLine, wishFor, type ModelWish } from '../crew/model.ts';
import type { LocalWorker } from '../crew/worker-files.ts';
import { findLocalWorker, localWorkers } from '../crew/worker-files.ts';
import type { Run } from '../run.ts';
import { startWorkflow } from './start-workflow.ts';

/** What a launch of a run needs besides its session. */
export interface LaunchSettings {
  plan: Plan;
  runId: string;
  board: string | undefined;
  agentsDirs: string[];
  /** Absolute path of a module with a scripted model's rules. */
  script: string | null;
  unsandboxedShell: boolean;
  /** Absolute paths of modules with tools of one's own. */
  tools?: readonly string[] | undefined;
  /** The cassette that answers it. */
  cassette?: LaunchInfo['cassette'];
  /** Earlier run whose results are used again. */
  lineage?: Lineage;
  /** What people find it by. */
  labels?: RunLabels | undefined;
  /** Before whom it gets a place at a worker; left out: normal. */
  priority?: RunPriority | undefined;
  /** When it starts; left out: now. */
  startAt?: Date | undefined;
  /** Takes back what was made for this run alone; done when it does not start after all. */
  undo?: () => Promise<void>;
  /** Told right before the start: what was made is the run's from now on. */
  keep?: () => void;
  /** Told who is to do the work, before the run starts. */
  onCrew?: (crew: RunCrew) => void;
}

/** Who does a run's work. `launch` null: whoever polls the queue, whatever the model. */
export type RunCrew = Pick<Crew, 'failed' | 'replayed'> & { launch: LaunchInfo | null; taskQueue: string };

/** A run that was started, and who works on it. */
export interface Launched {
  run: Run;
  crew: RunCrew;
}

/**
 * Starts a run: where a session starts workers, on the one that `gaffer dev` keeps here or else on one of its own in this process;
 * in any other it is handed to workers elsewhere.
 *
 * An own worker has a task queue of its own, which the runs of one session share that need the same: it takes no work of runs that
 * were parked before, which may want another model.
 *
 * @throws RunExistsError when the id is taken
 */
export async function launchRun(session: Session, settings: LaunchSettings): Promise<Launched> {
  try {
    const { startsWorkers, config } = session;
    const isLive = startsWorkers && modelFor(config, settings).model === 'anthropic';
    if (isLive) checkKeys(settings.plan, config);
    const crew = await crewFor(session, settings);
    settings.onCrew?.(crew);
    settings.keep?.();
    return await launchOn(session, crew, settings);
  } catch (error) {
    if (!isAnswerLost(error)) await settings.undo?.();
    throw error;
  }
}

/** Starts a run on workers that are there. @throws RunExistsError when the id is taken */
export async function launchOn(
  session: Session,
  crew: RunCrew,
  settings: Pick<LaunchSettings, 'plan' | 'runId' | 'board' | 'lineage' | 'labels' | 'priority' | 'startAt'>,
): Promise<Launched> {
  const { launch, taskQueue } = crew;
  const connection = await session.connect();
  const { plan, runId, board, lineage, labels, priority, startAt } = settings;
  const rest = { priority, startAt, launch, taskQueue, once: session.once?.id };
  const started = { plan, runId, board, lineage, labels, ...rest };
  return { run: createRun(session, await startWorkflow(connection, session.store.runs, started)), crew };
}

// Cancelled, too late or unavailable, by gRPC's numbers: the server may have taken the start, and then what was made is the run's.
function isAnswerLost(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return [1, 4, 14].some((number) => code === number || cause?.code === number);
}

async function crewFor(session: Session, settings: LaunchSettings): Promise<RunCrew> {
  if (session.taskQueue !== undefined || !session.startsWorkers)
    return { ...(await lastingCrew(session, settings)), failed: [] };
  const found = await residentCrew(session, settings);
  const crew = typeof found === 'string' ? await ownCrewFor(session, settings, found) : found;
  return { ...crew, taskQueue: crew.launch.taskQueue };
}

/** Who does work that starts by itself, when nobody is there: never a worker of this process alone. */
export async function lastingCrew(
  session: Session,
  settings: Pick<LaunchSettings, 'plan' | 'unsandboxedShell' | 'tools'>,
): Promise<Omit<RunCrew, 'failed'>> {
  if (session.taskQueue !== undefined) return { launch: null, taskQueue: session.taskQueue };
  const worker = await resident(session);
  if (worker) sayIfScripted(session, worker.launch, settings.plan);
  const launch = worker?.launch ?? handedOver(session.config, settings);
  return { launch, taskQueue: launch.taskQueue };
}

// It started long before, and nobody remembers what it said then.
function sayIfScripted({ say }: Session, { model, script }: LaunchInfo, plan: Plan): void {
  if (model === 'scripted') say(scriptedLine(script, plan));
}

/** The worker that `gaffer dev` keeps for this home. */
async function resident({ home }: Session) {
  return (await localWorkers(home)).find(({ role }) => role === 'dev');
}

/** The resident worker, or why that is none for this run, as the end of a sentence; empty: there is none to speak of. */
async function residentCrew(session: Session, settings: LaunchSettings): Promise<Crew | string> {
  const { ownsStack } = await session.servers();
  // Of a stack that this process started, a worker that stays is its own, or there is none.
  if ((ownsStack && !session.workOutlives) || settings.script !== null || settings.cassette) return '';
  const worker = await findLocalWorker(session.home, session.config.taskQueue);
  if (!worker) return '';
  const misfit = misfitOf(session.config, worker, settings);
  if (misfit !== undefined) return misfit;
  sayIfScripted(session, worker.launch, settings.plan);
  return { launch: worker.launch, failed: [] };
}

/** @param misfit of the resident worker, as above */
async function ownCrewFor(session: Session, settings: LaunchSettings, misfit: string): Promise<Crew> {
  if (session.workOutlives)
    throw new UsageError(
      misfit === ''
        ? 'no background stack is at work here that could do it: `gaffer dev --detach` starts one, then ask again.'
        : `the background stack ${misfit}: \`gaffer down\` stops it, then ask again.`,
    );
  if (misfit !== '')
    session.say(
      `The worker of \`gaffer dev\` ${misfit}: this run gets a worker of its own, with what this command has.`,
    );
  return ownCrew(session, settings);
}

/** Why a worker that was launched like that is none for this run, as the end of a sentence; undefined when it is. */
export function misfitOf(
  config: Config,
  { launch, accounts, payloadKeys = [] }: Pick<LocalWorker, 'launch' | 'accounts' | 'payloadKeys'>,
  { unsandboxedShell, plan, tools = [] }: Pick<LaunchSettings, 'unsandboxedShell' | 'tools'> & { plan?: Plan },
): string | undefined {
  const wished = wishFor(config, null, plan).model;
  if (launch.model !== wished) return otherModelText(launch, plan);
  const other = otherSetting({ accounts: accountsFor(config, plan) }, accounts);
  if (other !== null) return `has another ${other} than this command`;
  const key = config.payloadKeys?.current ?? null;
  if (key !== null && !payloadKeys.includes(key)) return `was started without the key "${key}" of GAFFER_PAYLOAD_KEYS`;
  const lacking = tools.find((module) => !launch.tools?.includes(module));
  if (lacking !== undefined) return `was started without --tools ${lacking}`;
  return unsandboxedShell && !launch.unsandboxedShell ? 'lets no shell run without a sandbox' : undefined;
}

function otherModelText({ model }: LaunchInfo, plan: Plan | undefined): string {
  const isScripted = model === 'scripted';
  const keys = keysInWords(plan, 'or');
  if (keys === keyVariable(defaultProvider))
    return isScripted
      ? `was started without an ${keys}, and this command has one`
      : `has an ${keys}, and this command has none`;
  return isScripted
    ? `was started without a key, and this command has one (${keys})`
    : `asks real models, and this command has no key for this run (${keys})`;
}

// What a run does not ask is no matter.
function accountsFor({ accounts }: Config, plan: Plan | undefined): Config['accounts'] {
  if (!plan) return accounts;
  const asked = providersAtWork(plan);
  return Object.fromEntries(Object.entries(accounts).filter(([name]) => asked.includes(name)));
}

/** Runs of one session that need the same share a worker. */
function ownCrew(session: Session, settings: LaunchSettings): Promise<Crew> {
  const { model, cassette } = modelFor(session.config, settings);
  const need = JSON.stringify([settings.script, settings.unsandboxedShell, settings.tools ?? [], model, cassette]);
  const crew = session.crews.get(need) ?? startOwnCrew(session, settings);
  session.crews.set(need, crew);
  // Nobody may be handed to a worker that is gone.
  crew.then(({ failed }) => Promise.all(failed)).catch(() => session.crews.delete(need));
  return crew;
}

async function startOwnCrew(session: Session, settings: LaunchSettings): Promise<Crew> {
  const { config } = session;
  const tools = settings.tools ?? [];
  await believeTools(tools);
  const wish = modelFor(config, settings);
  const model = await openSessionModel(session, wish, { plan: settings.plan });
  return startCrew(session, {
    role: 'run',
    launch: {
      taskQueue: `${config.taskQueue}-${settings.runId}`,
      unsandboxedShell: settings.unsandboxedShell,
      webAllow: config.webAllow,
      ...(tools.length > 0 && { tools: [...tools] }),
      ...(wish.cassette && { cassette: wish.cassette }),
    },
    model,
    workspace: settings.plan.workspace,
    workflowsDirs: [],
    agentsDirs: settings.agentsDirs,
  });
}

/** Which models a run asks: from a cassette that asks nobody, none. */
function modelFor(config: Config, { script, plan, cassette }: LaunchSettings): ModelWish {
  const wish = cassette && !cassette.isLive ? nobodyAsked : wishFor(config, script, plan);
  return { ...wish, ...(cassette && { cassette }) };
}

const nobodyAsked = { model: 'scripted', script: null, scriptPort: null } as const;

/** Launch of a run that is handed to workers elsewhere. */
function handedOver(
  config: Config,
  { unsandboxedShell, plan }: Pick<LaunchSettings, 'unsandboxedShell' | 'plan'>,
): LaunchInfo {
  const { model, script, scriptPort } = wishFor(config, null, plan);
  return { taskQueue: config.taskQueue, model, script, scriptPort, unsandboxedShell, webAllow: config.webAllow };
}
