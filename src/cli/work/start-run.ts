import type { Session } from '../../client/connection/session.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { checkKeys } from '../../client/crew/check-keys.ts';
import { wishFor } from '../../client/crew/model.ts';
import { launchRun, misfitOf, type LaunchSettings } from '../../client/start/launch.ts';
import { UsageError } from '../../domain/errors.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import type { Interruption } from '../base/interruption.ts';
import { budgetLine } from '../show/plan-lines.ts';
import { estimateLeft } from './estimate-left.ts';
import { followRun } from './follow-run.ts';

/** Options of every command that starts a run. */
export interface StartOptions {
  detach?: boolean;
  yes?: boolean;
  json?: boolean;
  /** Stays while a person is needed, also where none can answer here, and when the terminal goes away. */
  wait?: boolean;
  /** It goes on from a run of before: where there is none, nothing is started or made. */
  needsHome?: boolean;
  /** Modules with tools of one's own, as a background stack is to have them. */
  tools?: string[];
}

/** What to start, once the store can be asked; null: nothing after all (somebody said no, or it was not needed). */
export type Prepare = (session: Session) => Promise<LaunchSettings | null>;

/** Starts what is missing, and a run; follows it to its end, or with `--detach` leaves it to a background stack. */
export async function startRun(
  context: CommandContext,
  options: StartOptions & { unsandboxedShell: boolean },
  prepare: Prepare,
): Promise<number> {
  return options.detach ? startDetached(context, options, prepare) : startAttached(context, options, prepare);
}

function startAttached(context: CommandContext, options: StartOptions, prepare: Prepare): Promise<number> {
  return withSignals(context, (interruption) => startHere(context, options, { prepare, interruption }), {
    staysOnHangup: options.wait === true,
  });
}

function startHere(
  context: CommandContext,
  options: StartOptions,
  { prepare, interruption }: { prepare: Prepare; interruption: Interruption },
): Promise<number> {
  const { yes, needsHome = false } = options;
  return withSession(context, { whenAbsent: 'start', yes, needsHome }, async (session) => {
    const settings = interruption.signal.aborted ? null : await prepare(session);
    if (interruption.signal.aborted) {
      await settings?.undo?.();
      interruption.lastWords = 'Interrupted before the run began: nothing of it is left.';
      return exitCodes.parked;
    }
    if (settings === null) return exitCodes.succeeded;
    const { plan, runId } = settings;
    const { run, crew } = await launchRun(session, {
      ...settings,
      onCrew: ({ launch }) => launch?.model === 'anthropic' && sayTo(context)(budgetLine(plan)),
    });
    return followRun({
      ...{ context, session, run, interruption, workerFailed: crew.failed },
      isScripted: crew.launch?.model === 'scripted',
      limitUsd: crew.launch?.model === 'anthropic' ? plan.limits.usd : null,
      json: options.json === true,
      waits: options.wait === true,
      leftMs: estimateLeft(session, plan, crew.launch?.model),
      next: [`gaffer show ${runId}`, `gaffer transcript ${runId}`],
    });
  });
}

async function startDetached(
  context: CommandContext,
  options: StartOptions & { unsandboxedShell: boolean },
  prepare: Prepare,
): Promise<number> {
  const isElsewhere = context.config.temporal.isGiven && context.config.databaseUrl !== null;
  await ensureResident(context, {
    isElsewhere,
    unsandboxedShell: options.unsandboxedShell,
    tools: options.tools ?? [],
  });
  return withSession(context, { whenAbsent: 'fail', yes: options.yes }, async (session) => {
    const settings = await prepare(session);
    if (settings === null) return exitCodes.succeeded;
    if (!isElsewhere) await refuseMisfit(context, settings);
    const { run } = await launchRun(session, settings);
    const address = await run.webUrl();
    const { terminal } = context;
    if (options.json) terminal.out(toJson({ runId: run.id, webUi: address }));
    else terminal.out(`${run.id}\n`);
    const stops = isElsewhere ? '' : ', `gaffer down` stops the stack';
    terminal.err(`Started. \`gaffer watch ${run.id}\` shows it${stops}.\n`);
    if (address) terminal.err(`Web UI: ${address}\n`);
    return exitCodes.succeeded;
  });
}

/** @throws UsageError when the background stack has not the models that a plan asks; what was made for the run alone is taken back */
async function refuseMisfit(context: CommandContext, settings: LaunchSettings): Promise<void> {
  const { cwd, config } = context;
  const { findHome } = await import('../../config/home.ts');
  const running = (await localWorkers(findHome({ cwd, env: config.environment }).path)).find(
    ({ role }) => role === 'dev',
  );
  if (!running) return;
  try {
    if (running.launch.model === 'anthropic' && wishFor(config, null, settings.plan).model === 'anthropic')
      checkKeys(settings.plan, config);
    const misfit = misfitOf(config, running, settings);
    if (misfit) throw new UsageError(misfitText(misfit));
  } catch (error) {
    await settings.undo?.();
    throw error;
  }
}

function misfitText(misfit: string): string {
  return `the background stack ${misfit}: \`gaffer down\` stops it, then run this again.`;
}

/** A background stack that does the work, unless that is elsewhere. @throws UsageError when the one that is there does not fit */
async function ensureResident(
  context: CommandContext,
  { isElsewhere, ...wishes }: { isElsewhere: boolean; unsandboxedShell: boolean; tools: string[] },
): Promise<void> {
  const { cwd, config } = context;
  const [{ ensureHome, findHome }, { ensureBackground }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../client/crew/background.ts'),
  ]);
  const { path: home } = findHome({ cwd, env: config.environment });
  ensureHome({ path: home });
  const running = (await localWorkers(home)).find(({ role }) => role === 'dev');
  const misfit = running && misfitOf(config, running, wishes);
  if (misfit) throw new UsageError(misfitText(misfit));
  if (!isElsewhere && !running) await ensureBackground(context, home, { ...wishes, say: sayTo(context) });
}
