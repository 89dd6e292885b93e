import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { takeSignals } from '../base/interruption.ts';
import { handedOver, launchRun, misfitOf, type LaunchSettings } from './launch.ts';
import { followRun } from './follow-run.ts';
import { openSession, webAddress, type Session } from './session.ts';
import { localWorkers } from './worker-files.ts';

/** Options of every command that starts a run. */
export interface StartOptions {
  detach?: boolean;
  yes?: boolean;
  json?: boolean;
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

async function startAttached(context: CommandContext, options: StartOptions, prepare: Prepare): Promise<number> {
  const interruption = takeSignals();
  try {
    const session = await openSession(context, {
      say: sayTo(context.terminal),
      yes: options.yes === true,
      whenAbsent: 'start',
    });
    try {
      const settings = interruption.signal.aborted ? null : await prepare(session);
      if (interruption.signal.aborted) {
        await settings?.undo?.();
        context.terminal.err('Interrupted before the run began: nothing of it is left.\n');
        return exitCodes.parked;
      }
      if (settings === null) return exitCodes.succeeded;
      const { handle, crew } = await orTakeBack(settings, () => launchRun(context, session, settings));
      return await followRun({
        context,
        session,
        handle,
        interruption,
        workerFailed: crew.failed,
        isScripted: crew.launch.model === 'scripted',
        limitUsd: crew.launch.model === 'anthropic' ? settings.plan.limits.usd : null,
        json: options.json === true,
        next: [`gaffer show ${settings.runId}`, `gaffer transcript ${settings.runId}`],
      });
    } finally {
      await session.close();
    }
  } finally {
    interruption.release();
  }
}

async function orTakeBack<Result>(settings: LaunchSettings, start: () => Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    if (!isAnswerLost(error)) await settings.undo?.();
    throw error;
  }
}

// Cancelled, too late or unavailable, by gRPC's numbers: the server may have taken the start, and then what was made is the run's.
function isAnswerLost(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return [1, 4, 14].some((number) => code === number || cause?.code === number);
}

async function startDetached(
  context: CommandContext,
  options: StartOptions & { unsandboxedShell: boolean },
  prepare: Prepare,
): Promise<number> {
  const { terminal, config } = context;
  const [{ ensureHome, findHome }, { ensureBackground }] = await Promise.all([
    import('../../config/home.ts'),
    import('./background.ts'),
  ]);
  const { path: home } = findHome({ cwd: context.cwd, env: context.config.environment });
  ensureHome({ path: home });
  const isElsewhere = config.temporal.isGiven && config.databaseUrl !== null;
  const { unsandboxedShell } = options;
  const findResident = async () => (await localWorkers(home)).find(({ role }) => role === 'dev');
  const running = await findResident();
  const misfit = running && misfitOf(config, running.launch, { unsandboxedShell });
  if (misfit) throw new UsageError(`the background stack ${misfit}: \`gaffer down\` stops it, then run this again.`);
  if (!isElsewhere && !running) await ensureBackground(context, home, { unsandboxedShell });
  const session = await openSession(context, { say: sayTo(terminal), yes: options.yes === true, whenAbsent: 'fail' });
  try {
    const settings = await prepare(session);
    if (settings === null) return exitCodes.succeeded;
    const { plan, runId, board, lineage } = settings;
    const handle = await orTakeBack(settings, async () => {
      const launch = (await findResident())?.launch ?? handedOver(context, unsandboxedShell);
      const client = await session.connect(launch.taskQueue);
      return client.start({
        ...{ plan, runId, launch, ...(board === undefined ? {} : { board }), ...(lineage && { lineage }) },
      });
    });
    const address = webAddress(session, handle.webPath);
    if (options.json) terminal.out(toJson({ runId, webUi: address }));
    else terminal.out(`${runId}\n`);
    const stops = isElsewhere ? '' : ', `gaffer down` stops the stack';
    terminal.err(`Started. \`gaffer watch ${runId}\` shows it${stops}.\n`);
    if (address) terminal.err(`Web UI: ${address}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}
