import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '../../client/connection/session.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { arranged } from '../../client/follow/arranged-result.ts';
import { plannedTasks } from '../../client/follow/last-task.ts';
import type { Run } from '../../client/run.ts';
import type { KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
import { waitsOf, type RunState } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodeOf, exitCodes } from '../base/exit-codes.ts';
import { explain, toErrorJson } from '../base/fail.ts';
import { awaitEvaluation } from '../evaluation/await-evaluation.ts';
import { gradeLine } from '../evaluation/evaluation-lines.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import type { Interruption } from '../base/interruption.ts';
import { PersonWatch } from '../show/person-watch.ts';
import { PersonDesk } from './person-desk.ts';
import { timingsFrom, type StartClock } from './start-clock.ts';
import { createRunRenderer, type RendererSettings, type RunRenderer } from '../show/run-renderer.ts';
import type { Tail } from '../show/story-tail.ts';
import { lacksBranchesAlone } from '../show/branch-lines.ts';
import { summaryLines } from '../show/summary.ts';

/** A run to follow to its end. */
export interface FollowSettings {
  context: CommandContext;
  session: Session;
  run: Run;
  interruption: Interruption;
  /** Rejects when the worker in this process dies; empty when the worker is elsewhere. */
  workerFailed: Promise<never>[];
  /** Whether the model only plays: its costs are what a real one would have asked. */
  isScripted: boolean;
  limitUsd: number | null;
  json: boolean;
  /** Waits for a person, also where none can answer here. */
  waits?: boolean;
  /** How much is shown of what was told before; left out: all. */
  tail?: Tail | undefined;
  /** How long it may still take, by earlier runs; left out: nobody knows. */
  leftMs?: RendererSettings['leftMs'];
  /** Is told what happens, and tells at the end what the start took. */
  clock?: StartClock;
  /** Commands to try next; printed below the summary. */
  next?: readonly string[];
  /** Prints what the run is for, instead of its summary; left out: the summary, or with `json` the result. */
  printEnd?: (result: RunResult) => Promise<void>;
  /** Called after the end, before the summary's hints. */
  afterwards?: (result: RunResult) => Promise<void>;
}

/** How long to wait for Temporal to close a run whose result is there. */
const closingMs = 5000;

/** How long to wait for Temporal's word on whether there is still something to leave. */
const cutOffWithinMs = 2000;

/** How often to ask why nothing moves. */
const describeEveryMs = 5000;

/**
 * Follows a run, shows it, prints its result, and says the exit code for its end.
 *
 * A first Ctrl-C leaves the run as it is (130), except in CI, where it cancels the run and waits for that end. On a terminal what waits for
 * a person is put to whoever sits there; where nobody can answer, the run is left as it is, too (6), unless it is to be waited for.
 * One that Temporal closed past us, so that no result is to come, is told of as an error (1).
 */
export async function followRun(settings: FollowSettings): Promise<number> {
  const { context, run, interruption } = settings;
  const { limitUsd, leftMs, tail = null } = settings;
  const shown = { limitUsd, tail, ...(leftMs && { leftMs }) };
  const renderer = createRunRenderer({ terminal: context.terminal, runId: run.id, ...shown });
  const stopDescribing = describeRegularly(run, renderer);
  const person = new PersonWatch();
  const desk = context.terminal.canAsk ? new PersonDesk({ context, session: settings.session, run, renderer }) : null;
  const leaving = new AbortController();
  try {
    const followed = follow(settings, renderer, { person, desk, signal: leaving.signal });
    followed.catch(() => undefined);
    const interrupted = whenAborted(interruption.signal).then(() => 'interrupted' as const);
    const first = await Promise.race([followed, interrupted, person.needed, ...settings.workerFailed]);
    desk?.stop();
    if (first !== 'ended') renderer.close();
    // Of a run that was cut off in this moment neither a person nor a parked worker makes anything.
    if (first !== 'ended') await throwIfCutOff(run);
    if (first === 'needed' || (first === 'interrupted' && !context.config.isCi)) {
      // The last word is how the run is left.
      leaving.abort();
      return await (first === 'needed' ? leaveToPerson(settings, renderer) : park(settings, renderer));
    }
    if (first === 'interrupted') {
      await cancelInCi(run, renderer, interruption);
      await followed;
    }
    stopDescribing();
    return await tellEnd(settings, renderer);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RunCutOffError') throw error;
    renderer.close();
    return tellCutOff(settings, error);
  } finally {
    person.stop();
    desk?.stop();
    stopDescribing();
    renderer.close();
  }
}

async function tellEnd(settings: FollowSettings, renderer: RunRenderer): Promise<number> {
  const { context, run, json } = settings;
  const result = arranged(await run.result(), renderer.state.tasks.keys());
  renderer.close();
  const evaluation = await awaitEvaluation(settings, result);
  if (settings.printEnd) await settings.printEnd(result);
  else if (json) context.terminal.out(toJson({ ...result, ...timingsFrom(settings.clock) }));
  else await printSummary(settings, result, { state: renderer.state, evaluation });
  await settings.afterwards?.(result);
  await printHints(settings, result);
  // A worker that left now would leave the workflow open for good: its run has ended, and nobody takes it up again.
  if (settings.workerFailed.length > 0) await run.closed(closingMs);
  return exitCodeOf(result.status);
}

/** Says so at once: a worker in this process still takes its time to stop. */
function tellCutOff({ context: { terminal }, json }: FollowSettings, error: Error): number {
  const explanation = explain(error, { isDebug: false });
  terminal.err(`gaffer: ${explanation.message}\n`);
  if (json) terminal.out(toErrorJson(error, explanation));
  return explanation.exitCode;
}

async function throwIfCutOff(run: Run): Promise<void> {
  // Whoever pressed Ctrl-C does not wait for a server that is gone.
  const cutOff = await Promise.race([run.cutOff().catch(() => null), delay(cutOffWithinMs, null, { ref: false })]);
  if (cutOff) throw cutOff;
}

async function follow(
  { run, waits = false, clock }: FollowSettings,
  renderer: RunRenderer,
  { person, desk, signal }: { person: PersonWatch; desk: PersonDesk | null; signal: AbortSignal },
): Promise<'ended'> {
  for await (const event of run.events({ signal })) {
    if (signal.aborted) break;
    renderer.event(event);
    clock?.event(event);
    renderer.stuck(null);
    if (desk) desk.look(renderer.state);
    else if (!waits) person.look(renderer.state);
  }
  person.stop();
  return 'ended';
}

/** Nobody here can answer: says who has to do what, and leaves the run waiting. */
async function leaveToPerson(
  { context, run, session, workerFailed, json }: FollowSettings,
  renderer: RunRenderer,
): Promise<number> {
  renderer.close();
  const open = waitsOf(renderer.state);
  const answers = open.map((one) => answerCommand(run.id, one, open));
  const isHere = (await session.servers()).ownsStack || workerFailed.length > 0;
  const then = `\`gaffer watch ${run.id}\` ${isHere ? 'goes on with it' : 'shows it'}`;
  renderer.note(`Nobody can answer here${isHere ? ', so the run is parked' : ''}. Once somebody did, ${then}:`);
  for (const answer of new Set(answers)) renderer.note(`  ${answer}`);
  if (json) {
    const waiting = open.map((one) => ({ ...one, command: answerCommand(run.id, one, open) }));
    context.terminal.out(toJson({ runId: run.id, status: renderer.state.status, waiting }));
  }
  return exitCodes.needsPerson;
}

async function cancelInCi(run: Run, renderer: RunRenderer, { signal }: Interruption): Promise<void> {
  const name = signal.reason instanceof Error ? signal.reason.message : 'a signal';
  renderer.note(`${name} in CI: cancelling the run, so that it does not go on spending.`);
  await run.cancel();
}

async function park(
  { session, run, workerFailed, interruption }: FollowSettings,
  renderer: RunRenderer,
): Promise<number> {
  const goesOn = `\`gaffer watch ${run.id}\``;
  const isHere = (await session.servers()).ownsStack || workerFailed.length > 0;
  interruption.lastWords = isHere
    ? `Parked. ${goesOn} goes on where it was.`
    : `Detached: ${standsText(renderer.state)}. ${goesOn} shows it, \`gaffer cancel ${run.id}\` stops it.`;
  return exitCodes.parked;
}

function standsText({ hold, cancelReason }: RunState): string {
  if (cancelReason !== null) return 'the run is being cancelled';
  if (hold === null) return 'the run goes on';
  return hold.state === 'waiting' ? 'the run waits for somebody' : `the run is ${hold.state}`;
}

async function printSummary(
  { context: { terminal }, session: { store }, run }: FollowSettings,
  result: RunResult,
  { state: { tasks: story }, evaluation }: { state: RunState; evaluation: KeptEvaluation | null },
): Promise<void> {
  const planned = await plannedTasks(store, run.id);
  const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
  const lines = summaryLines(result, { ...sizes, planned, story });
  const graded = evaluation ? ['', gradeLine(evaluation, terminal.outColors)] : [];
  terminal.out(`\n${[...lines, ...graded].join('\n')}\n`);
}

async function printHints(
  { context: { terminal }, session, run, isScripted, clock, next = [] }: FollowSettings,
  { status, evaluation, tasks, branches }: RunResult,
): Promise<void> {
  const isGone = !(await serversStay(session));
  const address = isGone ? null : await run.webUrl();
  const lines = [''];
  if (clock) lines.push(clock.line());
  if (isScripted)
    lines.push('Nothing was paid: the model was scripted, and costs are what a real one would have asked.');
  if (address) lines.push(`Web UI: ${address}`);
  if (isGone) lines.push(`Web UI: \`gaffer dev\`, then \`gaffer ui ${run.id}\` in another terminal`);
  const again = status === 'succeeded' || lacksBranchesAlone({ status, tasks }) ? [] : [`gaffer retry ${run.id}`];
  if (branches) again.push(`gaffer diff ${run.id}`);
  if (evaluation) again.push(`gaffer evaluate ${run.id}`);
  if (next.length > 0) lines.push('Next:', ...[...next, ...again].map((command) => `  ${command}`));
  terminal.err(`${lines.join('\n')}\n`);
}

/** Whether a link leads somewhere later on: servers that a command started for itself, here or in another terminal, end with it. */
async function serversStay({ servers, home }: Pick<Session, 'servers' | 'home'>): Promise<boolean> {
  const { ownsStack, stack } = await servers();
  if (ownsStack) return false;
  return stack.temporal.webUi === null || (await localWorkers(home)).some(({ role }) => role === 'dev');
}

/** Asks Temporal now and then why nothing moves. @returns what ends it */
function describeRegularly(run: Run, renderer: RunRenderer): () => void {
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    run
      .describe()
      .then(
        // One that is closed ends by itself here: with its last event, or with why there is none.
        ({ status, stuck, held }) =>
          status === 'running' || status === 'paused' ? renderer.stuck(stuck, held ?? null) : undefined,
        () => renderer.stuck('Temporal does not answer'),
      )
      .finally(() => (isAsking = false));
  }, describeEveryMs);
  return () => clearInterval(timer);
}
