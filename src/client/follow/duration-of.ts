import type { RunRow } from '../../store/store.ts';

/** How long a run took, as its result says; so far, while it has none. In ms; `now` in ms since the epoch. */
export function durationOf({ result, startedAt, endedAt }: RunRow, now: number): number {
  if (result) return result.summary.totalDuration;
  return Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}
