import { exhaustedBy, shortLimits, usedUp, type ShortLimit } from '../../client/control/short-limits.ts';
import { heldBy, type Waiting } from '../../client/control/choose-waiting.ts';
import type { LimitChange } from '../../client/run.ts';
import type { SpentLimit } from '../../domain/money/reached-limit.ts';
import { UsageError } from '../../domain/errors.ts';
import { waitsOf, type RunState } from '../../domain/run/run-state.ts';
import { limitLines, resumedLines, type StillWaiting } from '../show/control-words.ts';
import { changedWords } from '../show/limit-words.ts';
import type { LiveRun } from './live-run.ts';

/** What came of a change of a run: in lines for people, and as values. */
export interface Told {
  lines: string[];
  state: string;
  still: StillWaiting;
}

/** Lets a run go on, with other limits if they are named. @throws UsageError when nothing of it stands still */
export async function resumeRun(live: LiveRun, limits: LimitChange | null, by: string): Promise<Told> {
  const { run } = live;
  const before = await run.waiting();
  if (limits) await run.setLimits({ ...limits, by });
  // New limits alone let those go on that waited for them; then there is nothing left to resume.
  const refusal = await run.resume({ by }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'RefusedError') return error;
      throw error;
    },
  );
  const wasHeld = refusal === null || before.some(({ cause }) => cause === 'budget' || cause === 'provider');
  if (!wasHeld && !limits) {
    const state = await run.state();
    throw new UsageError(`${refusal!.message}.${heldBy(waitsOf(state), run.id)}`, { cause: refusal });
  }
  const [{ still, state, isAtWork, counted }, waitsThen] = await Promise.all([
    standing(live, before),
    waitsAtLimits(live),
  ]);
  const changed = limits && changedWords(limits);
  const exhausted = usedUp(counted, still.short);
  return { lines: resumedLines(still, { wasHeld, isAtWork, changed, exhausted, waitsThen }), state, still };
}

/** Changes limits, and says where they are below what is spent. */
export async function changeLimits(live: LiveRun, limits: LimitChange, by: string): Promise<Told> {
  const { run, session } = live;
  const before = await run.waiting();
  await run.setLimits({ ...limits, by });
  const [{ still, state, counted }, waitsThen, row] = await Promise.all([
    standing(live, before),
    waitsAtLimits(live),
    session.store.runs.find(run.id),
  ]);
  const told = {
    changed: changedWords(limits),
    exhausted: exhaustedBy(limits, counted),
    waitsThen,
    timeout:
      row && limits.timeoutMs !== undefined
        ? { limitMs: limits.timeoutMs, sinceMs: Date.now() - Date.parse(row.startedAt) }
        : null,
  };
  return { lines: limitLines(still, told), state, still };
}

async function waitsAtLimits({ run, session: { store } }: LiveRun): Promise<boolean> {
  const row = await store.runs.find(run.id);
  return row !== undefined && (await store.runs.plan(row.planHash)).limits.onExceeded === 'pause';
}

async function standing(
  { run, session, isParked }: LiveRun,
  before: readonly Waiting[],
): Promise<{ still: StillWaiting; state: string; isAtWork: boolean; counted: SpentLimit[] }> {
  const [counted, state] = await Promise.all([session.store.runs.limits(run.runKey), run.state()]);
  const short = shortLimits(before, counted);
  const waits = waitsOf(state).filter(({ cause }) => cause !== 'budget' && cause !== 'provider');
  const isAtWork = hasWork(state, short);
  const word = isParked ? 'parked' : isAtWork || state.status !== 'running' ? state.status : 'waiting';
  return { still: { runId: run.id, short, waits }, state: word, isAtWork, counted };
}

/** Whether something goes on although others wait. */
function hasWork({ tasks }: RunState, short: readonly ShortLimit[]): boolean {
  const isShort = new Set(short.map(({ taskId }) => taskId));
  return [...tasks.values()].some(({ id, status }) => status === 'running' && !isShort.has(id));
}
