import type { Picture } from './picture.ts';

/** When a task began and ended, in any unit; `end` null: it is at work. */
export interface TaskTime {
  begin: number;
  end: number | null;
}

/**
 * The chain of tasks that a run's time went by so far, in the order in which they ran: from the one that ends last back to what each had waited
 * for, last of all. Undefined times are of tasks that have not begun. Empty: none has.
 */
export function pathSoFar(
  { tasks, needs }: Pick<Picture, 'tasks' | 'needs'>,
  times: readonly (TaskTime | undefined)[],
): number[] {
  const endOf = (index: number): number => {
    const time = times[index];
    return time ? (time.end ?? Infinity) : -Infinity;
  };
  const beginOf = (index: number): number => times[index]?.begin ?? -Infinity;
  const latest = (indexes: Iterable<number>): number | undefined => {
    let best: number | undefined;
    for (const index of indexes) {
      if (endOf(index) === -Infinity) continue;
      // Of tasks that are all at work, the one that has been longest.
      const isLater = best === undefined || endOf(index) > endOf(best);
      const isOlder = best !== undefined && endOf(index) === endOf(best) && beginOf(index) < beginOf(best);
      if (isLater || isOlder) best = index;
    }
    return best;
  };
  const ofPhase = new Map<number, number[]>();
  for (const [index, [, , phase]] of tasks.entries()) {
    if (phase < 0) continue;
    const others = ofPhase.get(phase);
    if (others) others.push(index);
    else ofPhase.set(phase, [index]);
  }
  const path: number[] = [];
  const seen = new Set<number>();
  for (let at = latest(tasks.keys()); at !== undefined && !seen.has(at);) {
    seen.add(at);
    path.push(at);
    const [, , phase, , list] = tasks[at]!;
    const needed = latest(needs[list]!);
    at = needed ?? (phase > 0 ? latest(ofPhase.get(phase - 1) ?? []) : undefined);
  }
  return path.reverse();
}
