import type { RunHandle } from '../../client/follow/run-handle.ts';
import { keyVariable, type Config } from '../../config/config.ts';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import { modelNameOf, providerOf } from '../../domain/money/model-table.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { sayTo, type CommandContext } from '../base/context.ts';
import { openSessionModel, startCrew, type Crew } from './local-crew.ts';
import { wishFor, type ModelWish } from './model.ts';
import { limitsText } from '../show/plan-lines.ts';
import type { Session } from './session.ts';
import { findLocalWorker } from './worker-files.ts';

/** What a launch of a run needs besides its session. */
export interface LaunchSettings {
  plan: Plan;
  runId: string;
  board: string | undefined;
  agentsDirs: string[];
  /** Absolute path of a module with a scripted model's rules. */
  script: string | null;
  unsandboxedShell: boolean;
  /** Earlier run whose results are used again. */
  lineage?: Lineage;
  /** Takes back what was made for this run alone; done when it does not start after all. */
  undo?: () => Promise<void>;
}

/** A run that was started, and who works on it. */
export interface Launched {
  handle: RunHandle;
  crew: Crew;
}

/**
 * Starts a run: on the worker that `gaffer dev` keeps here, else on one of its own in this process.
 *
 * An own worker has a task queue of its own: it takes no work of parked runs, which may want another model.
 *
 * @throws RunExistsError when the id is taken
 */
export async function launchRun(
  context: CommandContext,
  session: Session,
  settings: LaunchSettings,
): Promise<Launched> {
  if (wishFor(context.config, settings.script).model === 'anthropic') checkKeys(settings.plan, context.config);
  const crew = (await residentCrew(context, session, settings)) ?? (await ownCrew(context, session, settings));
  const { plan, runId, board, lineage } = settings;
  if (crew.launch.model === 'anthropic') sayTo(context.terminal)(budgetLine(plan));
  const client = await session.connect(crew.launch.taskQueue);
  const handle = await client.start({
    plan,
    runId,
    launch: crew.launch,
    ...(board === undefined ? {} : { board }),
    ...(lineage && { lineage }),
  });
  return { handle, crew };
}

/**
 * @throws UsageError when there is no key for the provider of an agent's model
 * @internal
 */
export function checkKeys(plan: Plan, { accounts }: Pick<Config, 'accounts'>): void {
  for (const agent of Object.values(plan.agents)) {
    const provider = providerOf(agent);
    if (Object.hasOwn(accounts, provider)) continue;
    const model = safeLine(modelNameOf(agent));
    throw new UsageError(
      `the agent "${safeLine(agent.name)}" uses the model ${model}, and there is no key for the provider "${safeLine(provider)}": set ${keyVariable(provider)}. Keys are there for: ${Object.keys(accounts).join(', ')}.`,
    );
  }
}

/** One line that says what a live run may cost. */
export function budgetLine(plan: Plan): string {
  const names = plan.tasks.map(({ agent }) =>
    Object.hasOwn(plan.agents, agent) ? modelNameOf(plan.agents[agent]!) : '',
  );
  const models = [...new Set(names)];
  return `Budget: at most ${limitsText(plan)}. Models: ${models.join(', ')}`;
}

async function residentCrew(
  { config }: CommandContext,
  session: Session,
  settings: LaunchSettings,
): Promise<Crew | undefined> {
  if (session.ownsStack || settings.script !== null) return undefined;
  const worker = await findLocalWorker(session.home, config.taskQueue);
  if (!worker) return undefined;
  return misfitOf(config, worker.launch, settings) ? undefined : { launch: worker.launch, failed: [] };
}

/** Why a worker that was launched like that is none for this command, as the end of a sentence; undefined when it is. */
export function misfitOf(
  config: Config,
  launch: LaunchInfo,
  { unsandboxedShell }: Pick<LaunchSettings, 'unsandboxedShell'>,
): string | undefined {
  const wished = wishFor(config, null).model;
  const has = launch.model === 'scripted' ? 'was started without an ANTHROPIC_API_KEY' : 'has an ANTHROPIC_API_KEY';
  if (launch.model !== wished) return `${has}, and this command ${wished === 'scripted' ? 'has none' : 'has one'}`;
  return unsandboxedShell && !launch.unsandboxedShell ? 'lets no shell run without a sandbox' : undefined;
}

async function ownCrew(context: CommandContext, session: Session, settings: LaunchSettings): Promise<Crew> {
  const { config, terminal } = context;
  const wish: ModelWish = wishFor(config, settings.script);
  const model = await openSessionModel(context, session, wish, sayTo(terminal));
  return startCrew(session, {
    role: 'run',
    launch: {
      taskQueue: `${config.taskQueue}-${settings.runId}`,
      unsandboxedShell: settings.unsandboxedShell,
      webAllow: config.webAllow,
    },
    model,
    workspace: settings.plan.workspace,
    workflowsDir: null,
    agentsDirs: settings.agentsDirs,
    say: sayTo(terminal),
  });
}

/** Launch of a run that is handed to workers elsewhere. */
export function handedOver({ config }: CommandContext, unsandboxedShell: boolean): LaunchInfo {
  const { model, script, scriptPort } = wishFor(config, null);
  return { taskQueue: config.taskQueue, model, script, scriptPort, unsandboxedShell, webAllow: config.webAllow };
}
