import type { Session } from '../../client/connection/session.ts';
import { launchRun, type LaunchSettings } from '../../client/start/launch.ts';
import { formatDate } from '../../domain/format.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import type { Interruption } from '../base/interruption.ts';
import { budgetLine } from '../show/plan-lines.ts';
import { estimateLeft } from './estimate-left.ts';
import { followRun } from './follow-run.ts';
import { ensureResident, isElsewhere, refuseMisfit } from './resident.ts';
import { timingsFrom, type StartClock } from './start-clock.ts';

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
  /** Is told what the start takes, and tells it. */
  clock?: StartClock;
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
  const { yes, needsHome = false, clock } = options;
  return withSession(context, { whenAbsent: 'start', yes, needsHome }, async (session) => {
    clock?.ends('servers');
    const settings = interruption.signal.aborted ? null : await prepare(session);
    if (interruption.signal.aborted) {
      await settings?.undo?.();
      interruption.lastWords = 'Interrupted before the run began: nothing of it is left.';
      return exitCodes.parked;
    }
    if (settings === null) return exitCodes.succeeded;
    const { plan, runId } = settings;
    if (settings.startAt) sayTo(context)(waitLine(runId, settings.startAt));
    const { run, crew } = await launchRun(session, {
      ...settings,
      onCrew(crew) {
        settings.onCrew?.(crew);
        clock?.ends('worker');
        if (crew.launch?.model === 'anthropic') sayTo(context)(budgetLine(plan));
      },
    });
    clock?.ends('start');
    return followRun({
      ...(clock && { clock }),
      ...{ context, session, run, interruption, workerFailed: crew.failed },
      isScripted: crew.launch?.model === 'scripted' && !crew.launch.cassette,
      limitUsd: crew.launch?.model === 'anthropic' ? plan.limits.usd : null,
      json: options.json === true,
      waits: options.wait === true,
      leftMs: estimateLeft(session, plan, crew.launch?.model),
      next: [`gaffer show ${runId}`, `gaffer transcript ${runId}`],
    });
  });
}

function waitLine(runId: string, startAt: Date): string {
  return `${runId} starts ${formatDate(startAt.toISOString())}: this command waits and does its work (--detach: a background stack does)`;
}

async function startDetached(
  context: CommandContext,
  options: StartOptions & { unsandboxedShell: boolean },
  prepare: Prepare,
): Promise<number> {
  const isRemote = isElsewhere(context);
  await ensureResident(context, { unsandboxedShell: options.unsandboxedShell, tools: options.tools ?? [] });
  return withSession(context, { whenAbsent: 'fail', yes: options.yes }, async (session) => {
    options.clock?.ends('servers');
    const settings = await prepare(session);
    if (settings === null) return exitCodes.succeeded;
    if (!isRemote)
      await refuseMisfit(context, settings).catch(async (error: unknown) => {
        // What was made for the run alone is taken back.
        await settings.undo?.();
        throw error;
      });
    const { run } = await launchRun(session, settings);
    options.clock?.ends('start');
    const address = await run.webUrl();
    const { terminal } = context;
    if (options.json) terminal.out(toJson({ runId: run.id, webUi: address, ...timingsFrom(options.clock) }));
    else terminal.out(`${run.id}\n`);
    const stops = isRemote ? '' : ', `gaffer down` stops the stack';
    const { startAt } = settings;
    const begun = startAt ? `Starts ${formatDate(startAt.toISOString())}.` : 'Started.';
    terminal.err(`${begun} \`gaffer watch ${run.id}\` shows it${stops}.\n`);
    if (address) terminal.err(`Web UI: ${address}\n`);
    if (options.clock) terminal.err(`${options.clock.line()}\n`);
    return exitCodes.succeeded;
  });
}
