import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { heartbeatMs, slowStepMs } from '../../domain/run/standstill.ts';
import type { Heartbeat } from '../../contracts/activities.ts';
import type { Holder } from '../../store/journal/entry.ts';

// Three of them are missing before an activity is given up: a busy moment is not taken for a dead worker.
const beatsOfTimeout = 4;

/** Work of a step. `beat` has it tell Temporal that it still is at work, and so hear what that says. */
interface AtWork {
  step: string;
  beat: () => void;
}

/** What is at work in this process, by its workflow's id. A step may have several pieces of it, one in another or side by side. */
const atWork = new Map<string, Set<AtWork>>();

/**
 * Sends a heartbeat every 30 s until the work is over: that is how a cancel reaches it and a dead worker shows, where nothing else does. A
 * dead worker shows by its lease, and a cancel is heard of by {@link hearCancelled}.
 *
 * Each one is a write of the server, so work that is over before sends none.
 *
 * @throws CancelledFailure when the activity was cancelled, whatever the interrupted work threw
 */
export async function withHeartbeat<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const beat = (): void => context.heartbeat(hindranceOf(context));
  // Steps of runs that older workers had in hand are missed sooner.
  const timer = setInterval(
    beat,
    Math.min(heartbeatMs, (context.info.heartbeatTimeoutMs ?? Infinity) / beatsOfTimeout),
  );
  const forget = note(context.info, beat);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    if (!context.cancellationSignal.aborted) throw error;
    throw error instanceof CancelledFailure ? error : new CancelledFailure('CANCELLED', [], error as Error);
  } finally {
    clearInterval(timer);
    forget();
  }
}

function note({ workflowExecution, activityId }: Context['info'], beat: () => void): () => void {
  const workflowId = workflowExecution?.workflowId ?? '';
  const all = atWork.get(workflowId) ?? new Set();
  const work: AtWork = { step: activityId, beat };
  atWork.set(workflowId, all.add(work));
  return () => {
    all.delete(work);
    if (all.size === 0 && atWork.get(workflowId) === all) atWork.delete(workflowId);
  };
}

// The word may come before the server has noted the cancel, while it is too busy to, or before a step that it just handed out is at work here.
const askAfterMs = [50, 150, 400, 1000, 2500, 6000];

/** Somebody says that steps of a workflow are cancelled (null: any may be): those at work here ask Temporal, which tells each whether it is. */
export function hearCancelled(workflowId: string, steps: readonly string[] | null): void {
  for (const ms of askAfterMs) setTimeout(() => ask(workflowId, steps), ms).unref();
}

/** Nobody can say what is cancelled, or whether this worker still has what is at work here: all of it asks Temporal. */
export function askForAll(): void {
  for (const workflowId of atWork.keys()) ask(workflowId, null);
}

function ask(workflowId: string, steps: readonly string[] | null): void {
  const meant = [...(atWork.get(workflowId) ?? [])].filter(({ step }) => steps === null || steps.includes(step));
  for (const beat of new Map(meant.map((work) => [work.step, work.beat])).values()) beat();
}

const hindrances = new WeakMap<Context, Set<Heartbeat>>();

/** Tells what this step waits for, until that is over: it shows as the reason why a run stands still. */
export function tellHindrance(text: string): { isOver(): void } {
  const context = Context.current();
  const open = hindrances.get(context) ?? new Set();
  const one: Heartbeat = { hindrance: text };
  hindrances.set(context, open.add(one));
  context.heartbeat(one);
  return {
    isOver() {
      open.delete(one);
      context.heartbeat(hindranceOf(context));
    },
  };
}

function hindranceOf(context: Context): Heartbeat | undefined {
  return [...(hindrances.get(context) ?? [])].at(-1);
}

const longestWaitMs = 10_000;

/**
 * Lets a cancel of the run overtake a step that was lost with its worker, or waited for one to begin: that pays for no call after a cancel.
 *
 * The next worker gets such a step and the workflow's own news side by side, so the step asks Temporal and waits for the cancel. What only
 * comes late, as the machine has too much to do, does not ask: once the run's story has the word the journal lets nothing begin (J6). The
 * word is written by a step of its own, so a call that is handed out between the cancel and that one may begin, and be paid for.
 *
 * @throws CancelledFailure when it has come
 */
export async function letCancelGoFirst(workflowId: string): Promise<void> {
  const context = Context.current();
  const { attempt, currentAttemptScheduledTimestampMs: scheduledAt } = context.info;
  const wasLeft = attempt > 1 || scheduledAt < performance.timeOrigin;
  if (wasLeft && (await isBeingCancelled(context, workflowId))) await awaitCancel(workflowId);
}

/** Waits for a cancel that is known to be under way to this step. @throws CancelledFailure when it has come */
export async function awaitCancel(workflowId: string): Promise<never> {
  const context = Context.current();
  const ask = (): void => context.heartbeat();
  ask();
  const asking = setInterval(ask, 1000);
  try {
    await withHeartbeat(() => context.sleep(longestWaitMs));
  } finally {
    clearInterval(asking);
  }
  throw ApplicationFailure.retryable(`run ${workflowId} is being cancelled`, failureTypes.superseded);
}

async function isBeingCancelled({ client }: Context, workflowId: string): Promise<boolean> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExtendedInfo?.cancelRequested ?? false;
  } catch {
    // Whoever may not ask goes on as if nobody had cancelled.
    return false;
  }
}

/** Whether the work was stopped because somebody wants it stopped, and not because this worker shuts down or was too late. */
export function isCancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested ?? false;
}

/** Why one of several works of a step is stopped for good, though the step goes on. */
export class CalledOff extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'CalledOff';
  }
}

/** Whether work under that signal was stopped because somebody wants it stopped: nobody goes on with it. See {@link isCancelRequested} */
export function isCalledOff(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason instanceof CalledOff || isCancelRequested());
}

/** Whether this step has taken long from the moment on that it was asked for: the machine has too much to do, or stood still. */
export function isSlow(): boolean {
  return Date.now() - Context.current().info.currentAttemptScheduledTimestampMs > slowStepMs;
}

/** Who holds a journal row while this activity runs. */
export function toHolder(worker: { host: string }): Holder {
  const { info } = Context.current();
  return {
    token: randomUUID(),
    host: worker.host,
    pid: process.pid,
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    activityId: info.activityId,
  };
}
