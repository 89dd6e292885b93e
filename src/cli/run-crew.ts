import type { RunHandle } from '../client/run-handle.ts';
import { attentionOf } from '../domain/run-state.ts';
import type { RunResult } from '../domain/run-result.ts';
import { answerCommand } from './attention-lines.ts';
import { toJson, type CommandContext } from './context.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { whenAborted, type Interruption } from './interruption.ts';
import { PersonWatch } from './person-watch.ts';
import { createRunRenderer, type RunRenderer } from './run-renderer.ts';
import { webAddress, type Session } from './session.ts';
import { arranged, summaryLines } from './summary.ts';

/** A run to follow to its end. */
export interface FollowSettings {
  context: CommandContext;
  session: Session;
  handle: RunHandle;
  interruption: Interruption;
  /** Rejects when the worker in this process dies; empty when the worker is elsewhere. */
  workerFailed: Promise<never>[];
  /** Whether the model only plays: its costs are what a real one would have asked. */
  isScripted: boolean;
  limitUsd: number | null;
  json: boolean;
  /** Commands to try next; printed below the summary. */
  next?: readonly string[];
  /** Called after the end, before the summary's hints. */
  afterwards?: (result: RunResult) => Promise<void>;
}

/** How long to wait for Temporal to close a run whose result is there. */
const closingMs = 5000;

/** How often to ask why nothing moves. */
const describeEveryMs = 5000;

/**
 * Follows a run, shows it, prints its result, and says the exit code for its end.
 *
 * A first Ctrl-C leaves the run as it is (130), except in CI, where it cancels the run and waits for that end. Where nobody can
 * answer, a run that waits for a person is left as it is, too (6).
 */
export async function followRun(settings: FollowSettings): Promise<number> {
  const { context, handle, interruption, json } = settings;
  const renderer = createRunRenderer({ terminal: context.terminal, runId: handle.runId, limitUsd: settings.limitUsd });
  const stopDescribing = describeRegularly(handle, renderer);
  const person = new PersonWatch();
  try {
    const followed = follow(handle, renderer, context.terminal.canAsk ? null : person);
    followed.catch(() => undefined);
    const interrupted = whenAborted(interruption.signal).then(() => 'interrupted' as const);
    const first = await Promise.race([followed, interrupted, person.needed, ...settings.workerFailed]);
    if (first === 'needed') return leaveToPerson(settings, renderer);
    if (first === 'interrupted') {
      if (!context.config.isCi) return park(settings, renderer);
      await cancelInCi(handle, renderer, interruption);
      await followed;
    }
    const result = arranged(await handle.result(), renderer.state.tasks.keys());
    stopDescribing();
    renderer.close();
    if (json) context.terminal.out(toJson(result));
    else printSummary(settings, result);
    await settings.afterwards?.(result);
    printHints(settings, result);
    // A worker that left now would leave the workflow open for good: its run has ended, and nobody takes it up again.
    if (settings.workerFailed.length > 0) await handle.closed(closingMs);
    return exitCodeOf(result.status);
  } finally {
    person.stop();
    stopDescribing();
    renderer.close();
  }
}

async function follow(handle: RunHandle, renderer: RunRenderer, person: PersonWatch | null): Promise<'ended'> {
  for await (const event of handle.events(0, new AbortController().signal)) {
    renderer.event(event);
    renderer.stuck(null);
    person?.look(renderer.state);
  }
  person?.stop();
  return 'ended';
}

/** Nobody here can answer: says who has to do what, and leaves the run waiting. */
function leaveToPerson(
  { context, handle, session, workerFailed, json }: FollowSettings,
  renderer: RunRenderer,
): number {
  renderer.close();
  const open = attentionOf(renderer.state);
  const answers = open.map((one) => answerCommand(handle.runId, one, open));
  const isHere = session.ownsStack || workerFailed.length > 0;
  const then = `\`gaffer watch ${handle.runId}\` ${isHere ? 'goes on with it' : 'shows it'}`;
  renderer.note(`Nobody can answer here${isHere ? ', so the run is parked' : ''}. Once somebody did, ${then}:`);
  for (const answer of new Set(answers)) renderer.note(`  ${answer}`);
  if (json) {
    const waiting = open.map((one) => ({ ...one, command: answerCommand(handle.runId, one, open) }));
    context.terminal.out(toJson({ runId: handle.runId, status: renderer.state.status, waiting }));
  }
  return exitCodes.needsPerson;
}

async function cancelInCi(handle: RunHandle, renderer: RunRenderer, { signal }: Interruption): Promise<void> {
  const name = signal.reason instanceof Error ? signal.reason.message : 'a signal';
  renderer.note(`${name} in CI: cancelling the run, so that it does not go on spending.`);
  await handle.cancel();
}

function park({ session, handle, workerFailed }: FollowSettings, renderer: RunRenderer): number {
  renderer.close();
  const goesOn = `\`gaffer watch ${handle.runId}\``;
  if (session.ownsStack || workerFailed.length > 0) renderer.note(`Parked. ${goesOn} goes on where it was.`);
  else renderer.note(`Detached: the run goes on. ${goesOn} shows it, \`gaffer cancel ${handle.runId}\` stops it.`);
  return exitCodes.parked;
}

function printSummary({ context: { terminal } }: FollowSettings, result: RunResult): void {
  const lines = summaryLines(result, { columns: terminal.outColumns(), colors: terminal.outColors });
  terminal.out(`\n${lines.join('\n')}\n`);
}

function printHints(
  { context: { terminal }, session, handle, isScripted, next = [] }: FollowSettings,
  { status }: RunResult,
): void {
  const address = webAddress(session, handle.webPath);
  const lines = [''];
  if (isScripted)
    lines.push('Nothing was paid: the model was scripted, and costs are what a real one would have asked.');
  if (address) lines.push(`Web UI: ${address}`);
  if (address && session.ownsStack)
    lines.push('        (it is gone with this command; `gaffer dev` brings it back, maybe on another port)');
  const again = status === 'succeeded' ? [] : [`gaffer retry ${handle.runId}`];
  if (next.length > 0) lines.push('Next:', ...[...next, ...again].map((command) => `  ${command}`));
  terminal.err(`${lines.join('\n')}\n`);
}

/** Asks Temporal now and then why nothing moves. @returns what ends it */
function describeRegularly(handle: RunHandle, renderer: RunRenderer): () => void {
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    handle
      .describe()
      .then(
        ({ stuck }) => renderer.stuck(stuck),
        () => renderer.stuck('Temporal does not answer'),
      )
      .finally(() => (isAsking = false));
  }, describeEveryMs);
  return () => clearInterval(timer);
}
