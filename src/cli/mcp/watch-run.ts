import { setTimeout as delay } from 'node:timers/promises';
import { RunGoesOnError, RunNotFoundError } from '../../client/errors.ts';
import type { Run } from '../../client/run.ts';
import type { RunView } from '../../client/run-view.ts';
import { awakeLimit } from '../../host/awake-timer.ts';
import { isLastEvent, type RunEvent } from '../../domain/run/run-events.ts';
import { hasEnded } from '../../domain/run/run-state.ts';

/** Longest wait, in seconds: clients give a call up after a minute. */
export const mostSeconds = 45;
const mostEvents = 60;
const longestEvent = 400;
const mostTasks = 100;

/** What of a run is told. */
export interface Watched {
  run: string;
  status: string;
  /** What to go on from. */
  after: number;
  /** Whether it has ended, so that nothing more comes. */
  ended: boolean;
  events: string[];
  tasks: Record<string, string>;
  waiting: { id: string | null; cause: string; what: string; detail: string; command: string }[];
  costUsd: number;
  reason: string | null;
  /** Run that evaluates it since it has ended; null: none does by itself. */
  evaluation: string | null;
}

/** What a run did since an event, waited for until it ends, needs somebody, or time is up. @throws RunNotFoundError, RunCutOffError */
export async function watchRun(
  run: Run,
  { after, waitMs, signal }: { after: number; waitMs: number; signal: AbortSignal },
): Promise<Watched> {
  const told = await collect(run, { after, waitMs, signal });
  const view = await viewOnceBegun(run);
  if (view === null || view.startsAt !== undefined) return unopened(run);
  const state = await run.state();
  return {
    // Behind the last event nothing would ever come.
    ...{ run: run.id, status: view.status, after: told.at(-1)?.seq ?? Math.min(after, state.lastSeq) },
    ended: hasEnded(state.status) && (told.at(-1)?.seq ?? after) >= state.lastSeq,
    events: told.map(inWords),
    tasks: Object.fromEntries(
      Object.entries(view.tasks)
        .slice(0, mostTasks)
        .map(([id, { status }]) => [id, status]),
    ),
    waiting: view.waiting.map(({ id, cause, what, detail, command }) => ({
      ...{ id, cause, what, detail: detail.slice(0, 2000), command },
    })),
    costUsd: view.summary.costUsd,
    reason: view.reason,
    evaluation: hasEnded(state.status) ? await evaluationOf(run) : null,
  };
}

async function evaluationOf(run: Run): Promise<string | null> {
  const result = await run.result({ timeoutMs: 0 }).catch((error: unknown) => {
    // Its end is told before its result can be had.
    if (error instanceof RunGoesOnError) return null;
    throw error;
  });
  return result?.evaluation?.run ?? null;
}

/** How a run stands, also one that is to start later; null: its time has come, and no worker has begun it yet. @throws RunCutOffError */
export function viewOnceBegun(run: Run): Promise<RunView | null> {
  return run.view().catch((error: unknown) => {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  });
}

// It has no events yet, whatever its assistant thinks to know.
function unopened({ id }: Run): Watched {
  const nothing = {
    after: 0,
    ended: false,
    events: [],
    tasks: {},
    waiting: [],
    costUsd: 0,
    reason: null,
    evaluation: null,
  };
  return { run: id, status: 'queued', ...nothing };
}

async function collect(
  run: Run,
  { after, waitMs, signal: given }: { after: number; waitMs: number; signal: AbortSignal },
): Promise<RunEvent[]> {
  // What waits is asked now: an old event says nothing of it. Of a run that has ended nothing more comes.
  const begun = await viewOnceBegun(run);
  const state = begun && begun.startsAt === undefined ? await run.state() : null;
  const isOver = state !== null && hasEnded(state.status) && after >= state.lastSeq;
  if (isOver) return [];
  const known = state?.lastSeq ?? 0;
  const isWaiting = (begun?.waiting.length ?? 0) > 0;
  const limit = awakeLimit(waitMs || 1);
  const found: RunEvent[] = [];
  const isEnough = new AbortController();
  const end = AbortSignal.any([given, limit.signal, isEnough.signal]);
  try {
    for await (const event of run.events({ after, signal: end })) {
      found.push(event);
      if (found.length >= mostEvents || isLastEvent(event)) break;
      // What came together is told together.
      if ((event.seq > known || isWaiting) && needsSomebody(event)) void delay(200).then(() => isEnough.abort());
    }
  } catch (error) {
    if (!end.aborted) throw error;
  } finally {
    limit.stop();
  }
  return found;
}

function needsSomebody({ type }: RunEvent): boolean {
  return type === 'approval:requested' || type === 'blocker:raised' || type === 'run:paused';
}

function inWords({ seq, ...event }: RunEvent): string {
  const text = JSON.stringify(event);
  return `${seq} ${text.length > longestEvent ? `${text.slice(0, longestEvent).toWellFormed()}…` : text}`;
}
