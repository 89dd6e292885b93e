import type { WaitCause } from '../run/run-events.ts';
import type { SpanRow } from './span-book.ts';

/** A stretch of time in which no task was at work, in ms since the run's start, and what was waited for then. */
export interface IdleGap {
  begin: number;
  end: number;
  /** What was waited for longest comes first; empty: nothing that anybody told. */
  causes: WaitCause[];
}

/** Times of a run with its idle gaps folded: each gap that is longer than `breakMs` takes that much of the axis. */
export interface TimeAxis {
  gaps: IdleGap[];
  breakMs: number;
  /** Length of the whole axis, in ms of it. */
  length: number;
  /** Where a time stands on the axis. */
  place: (ms: number) => number;
  /** The time that stands at a place; inside of a gap in proportion. */
  timeAt: (place: number) => number;
}

/** A gap is folded above this share of the time in which somebody was at work: then it takes that share, so that nothing jumps when it grows. */
const gapShare = 0.1;
/** A gap that is shorter is folded only where it is longer than all the work, in ms. */
const longGapMs = 10_000;
/** What is shorter is never folded, in ms. */
const shortestGapMs = 1000;

/**
 * The axis of a run up to `until`, in ms since its start, with its idle gaps folded.
 *
 * A task is at work while an attempt of it goes on and it waits for nothing.
 */
export function foldIdle(rows: Iterable<SpanRow>, until: number): TimeAxis {
  const all = [...rows];
  const busy = union(all.flatMap((row) => workOf(row, until)));
  const busyMs = busy.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const breakMs = Math.max(shortestGapMs, busyMs * gapShare, Math.min(longGapMs, busyMs));
  const gaps: IdleGap[] = [];
  let last = 0;
  for (const [begin, end] of [...busy, [until, until] as const]) {
    if (begin - last > breakMs) gaps.push({ begin: last, end: begin, causes: causesIn(all, last, begin) });
    last = Math.max(last, end);
  }
  return { gaps, breakMs, ...scale(gaps, breakMs, until) };
}

type Stretch = readonly [begin: number, end: number];

function workOf({ attempts, waits }: SpanRow, until: number): Stretch[] {
  return attempts.flatMap(({ begin, end }) => {
    let rest: Stretch[] = [[begin, end ?? until]];
    for (const wait of waits) rest = rest.flatMap((stretch) => without(stretch, [wait.begin, wait.end ?? until]));
    return rest;
  });
}

function without([begin, end]: Stretch, [from, to]: Stretch): Stretch[] {
  if (to <= begin || from >= end) return [[begin, end]];
  return (
    [
      [begin, from],
      [to, end],
    ] as Stretch[]
  ).filter(([first, last]) => last > first);
}

/** Stretches that do not touch, in order, with the same times in them. */
function union(stretches: Stretch[]): Stretch[] {
  const found: [number, number][] = [];
  for (const [begin, end] of stretches.sort(([one], [other]) => one - other)) {
    const last = found.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([begin, end]);
  }
  return found;
}

function causesIn(rows: readonly SpanRow[], from: number, to: number): WaitCause[] {
  const lengths = new Map<WaitCause, number>();
  for (const { waits } of rows) {
    for (const { begin, end, cause } of waits) {
      const length = Math.min(end ?? to, to) - Math.max(begin, from);
      if (length > 0) lengths.set(cause, Math.max(lengths.get(cause) ?? 0, length));
    }
  }
  return [...lengths].sort(([, one], [, other]) => other - one).map(([cause]) => cause);
}

function scale(
  gaps: readonly IdleGap[],
  breakMs: number,
  until: number,
): Pick<TimeAxis, 'length' | 'place' | 'timeAt'> {
  const place = (ms: number): number => {
    let saved = 0;
    for (const { begin, end } of gaps) {
      if (ms <= begin) break;
      const part = Math.min(1, (ms - begin) / (end - begin));
      saved += part * (end - begin - breakMs);
    }
    return ms - saved;
  };
  const timeAt = (at: number): number => {
    let saved = 0;
    for (const { begin, end } of gaps) {
      const start = begin - saved;
      if (at <= start) break;
      if (at < start + breakMs) return begin + ((at - start) / breakMs) * (end - begin);
      saved += end - begin - breakMs;
    }
    return at + saved;
  };
  return { length: place(until), place, timeAt };
}
