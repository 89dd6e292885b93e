import { nameOfCause } from './cause-words.ts';
import { formatDuration, formatElapsed } from '../../../../../src/domain/format.ts';
import type { RunState } from '../../../../../src/domain/run/run-state.ts';
import type { TaskState } from '../../../../../src/domain/run/task-state.ts';
import type { IdleGap } from '../../../../../src/domain/timeline/idle-gaps.ts';
import type { SpanBook, SpanRow } from '../../../../../src/domain/timeline/span-book.ts';

/** What is shown of all tasks. */
export const views = ['all', 'failed', 'waiting', 'longest'] as const;
export type View = (typeof views)[number];

/** A line of the timeline: a heading, or a task with its times (`span` null: it has none yet). */
export type TimelineRow =
  { kind: 'phase'; name: string; count: number } | { kind: 'task'; task: TaskState; span: SpanRow | null };

/** Where times stand. `share`: of the whole width. */
export interface Axis {
  gaps: readonly IdleGap[];
  breakMs: number;
  whole: number;
  /** Null: the run is over. */
  now: number | null;
  share: (ms: number) => number;
}

/** The lines, by phases in the order of the tasks; of the longest tasks first without any. `now`: ms since the run's start. */
export function timelineRows(
  { tasks }: Pick<RunState, 'tasks'>,
  book: SpanBook,
  { view, now }: { view: View; now: number },
): TimelineRow[] {
  const wanted = [...tasks.values()].filter(({ status }) => view === 'all' || view === 'longest' || status === view);
  const lines = wanted.map((task) => ({ kind: 'task' as const, task, span: book.rows.get(task.id) ?? null }));
  if (view === 'longest') {
    const lengths = new Map(lines.map((line) => [line, workedMs(line.span, now)]));
    return lines.sort((one, other) => lengths.get(other)! - lengths.get(one)!).slice(0, 200);
  }
  const phases = new Map<string, TimelineRow[]>();
  for (const line of lines) {
    const name = line.task.phase ?? '';
    const others = phases.get(name);
    if (others) others.push(line);
    else phases.set(name, [line]);
  }
  if (phases.size === 1 && phases.has('')) return lines;
  return [...phases].flatMap(([name, of]) => [
    { kind: 'phase' as const, name: name || 'Outside of phases', count: of.length },
    ...of,
  ]);
}

/** How long a task was at work so far, in ms. */
export function workedMs(span: SpanRow | null, now: number): number {
  return (span?.attempts ?? []).reduce((sum, { begin, end }) => sum + (end ?? now) - begin, 0);
}

/** A gap in words: `7:12:00 nobody worked: waited for approval`. */
export function gapText({ begin, end, causes }: IdleGap): string {
  const why = causes.length > 0 ? `: waited for ${causes.map(nameOfCause).join(', then for ')}` : '';
  return `${formatDuration(end - begin)} nobody worked${why}`;
}

/** The length of an axis that grows, in steps, so that what stands on it does not move with every second. */
export function steadyLength(length: number): number {
  if (length <= 0) return 1000;
  const step = 2 ** Math.floor(Math.log2(length)) / 8;
  return Math.ceil(length / step) * step;
}

const nice = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Moments to name on an axis, about `most` of them: round numbers of seconds, minutes or hours in ms, none inside of a gap. */
export function ticksOf({ gaps, whole, share }: Pick<Axis, 'gaps' | 'whole' | 'share'>, most: number): number[] {
  const wanted = whole / most / 1000;
  const step = (nice.find((seconds) => seconds >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400) * 1000;
  return [0, ...gaps.map(({ end }) => end)].flatMap((from, index) => {
    const to = gaps[index]?.begin ?? from + whole * (1 - share(from));
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, at) => (first + at) * step);
  });
}

/** What a bar says when it is pointed at. */
export function attemptText(number: number, { begin, end, outcome }: SpanRow['attempts'][number], now: number): string {
  return `attempt ${number}, ${outcome}, ${formatElapsed((end ?? now) - begin)}, began ${formatElapsed(begin)} after the run`;
}
