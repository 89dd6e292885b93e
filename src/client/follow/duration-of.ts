import type { ListedRun } from '../../store/run/run-pages.ts';
import type { RunRow } from '../../store/store.ts';

/** How long a run took, as its result says; so far, while it has none. In ms; `now` in ms since the epoch. */
export function durationOf(
  { result, startedAt, endedAt }: Pick<RunRow, 'startedAt' | 'endedAt'> & Pick<ListedRun, 'result'>,
  now: number,
): number {
  if (result) return result.summary.totalDuration;
  return Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}
