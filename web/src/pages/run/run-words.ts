import { countAll } from '../../../../src/domain/run/for-each-groups.ts';
import { plural } from '../../../../src/domain/format.ts';
import { countTasks, hasEnded, waitsOf, type RunState } from '../../../../src/domain/run/run-state.ts';
import type { LiveRun } from '../../live/live-run.ts';

/** What a page says of a run in one word: as its events say, or what Temporal knows better. */
export function shownStatus({ state, standing, view, problem }: LiveRun): string {
  if (isGone(problem)) return 'removed';
  if (hasEnded(state.status)) return state.status;
  if (standing?.cutOff) return standing.cutOff.status;
  if (view?.status === 'parked') return 'parked';
  const mayStick = state.status === 'running' || state.status === 'queued' || state.status === 'compensating';
  return mayStick && standing?.stuck ? 'stuck' : state.status;
}

/** Whether the run is no more, or never was. */
export function isGone(problem: Error | null): boolean {
  return (problem as { kind?: string } | null)?.kind === 'not-found';
}

/** How many things wait for a person. */
export function waitingFor(state: RunState): number {
  return waitsOf(state).filter(({ cause }) => cause !== 'paused').length;
}

/** What the tab of the browser says: `● 2 waiting · nightly`. */
export function titleOf(live: LiveRun): string {
  const name = live.state.name || live.view?.workflow || live.id;
  const waiting = waitingFor(live.state);
  if (waiting > 0) return `● ${waiting} waiting · ${name}`;
  const marks: Record<string, string> = { failed: '✗', stuck: '!', parked: '!', running: '▶', succeeded: '✓' };
  const status = shownStatus(live);
  return `${marks[status] ?? '–'} ${status} · ${name}`;
}

/** What somebody who hears the page is told when it is another: the state, and what waits. */
export function heardOf(live: LiveRun): string {
  if (!live.isLoaded) return '';
  const waiting = waitingFor(live.state);
  return `${live.id} ${standsAs(shownStatus(live))}${waiting > 0 ? `: ${plural(waiting, 'thing')} for you` : ''}`;
}

const ends: Readonly<Record<string, string>> = {
  ...{ succeeded: 'succeeded', failed: 'failed', partial: 'ended in part', compensating: 'undoes what it did' },
  ...{ stopped: 'was stopped', cancelled: 'was cancelled', terminated: 'was terminated', removed: 'was removed' },
};

/** How something stands, as the rest of a sentence: `succeeded`, `was cancelled`, `is running`. */
function standsAs(status: string): string {
  return Object.hasOwn(ends, status) ? ends[status]! : `is ${status}`;
}

/** How far a run is, in counts of tasks. */
export interface Progress {
  all: number;
  /** They came to what they are for, also those that were undone since. */
  done: number;
  running: number;
  waiting: number;
  skipped: number;
  cancelled: number;
  /** Ids of those that failed, in the order in which they were added. */
  failed: readonly string[];
}

/** See {@link Progress}. */
export function progressOf(state: RunState): Progress {
  const counts = countTasks(state);
  const failed = [...state.tasks.values()].filter(({ status }) => status === 'failed').map(({ id }) => id);
  const done = counts.succeeded + counts.reused + counts.compensated;
  const { running, waiting, skipped, cancelled } = counts;
  return { all: countAll(state), done, running, waiting, skipped, cancelled, failed };
}

/** What is left of the usual time, in words; null: nothing can be said. @param elapsedMs since it began */
export function leftText(elapsedMs: number, usual: { p50: number; p95: number } | null): 'late' | number | null {
  if (!usual || usual.p50 <= 0) return null;
  if (elapsedMs > usual.p95 && elapsedMs > usual.p50) return 'late';
  return elapsedMs < usual.p50 ? usual.p50 - elapsedMs : null;
}
