import type { WaitingEntry } from '../../../src/client/runs.ts';
import { pathOf } from './waiting-words.ts';

/** Something that waits, or waited. `isGone`: it was decided since it was seen. */
export interface Kept {
  entry: WaitingEntry;
  isGone: boolean;
}

/** One entry among those of all runs. */
export function keyOf(entry: WaitingEntry): string {
  return `${entry.runId}\n${entry.cause}\n${pathOf(entry)}`;
}

/** Runs that are paused, as far as what waits says so: what is decided of them goes on once they are resumed. */
export function pausedIn(entries: readonly Kept[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ entry, isGone }) => (entry.cause === 'paused' && !isGone ? [entry.runId] : [])));
}

const mostGone = 20;

/** What waits now, and what was seen before and waits no more, each where it stood: what was being read does not move away. */
export function withGone(before: readonly Kept[], now: readonly WaitingEntry[]): Kept[] {
  const open = new Map(now.map((entry) => [keyOf(entry), entry]));
  const known = new Set(before.map(({ entry }) => keyOf(entry)));
  const kept = before.map(({ entry }): Kept => {
    const still = open.get(keyOf(entry));
    return still ? { entry: still, isGone: false } : { entry, isGone: true };
  });
  const tooMany = kept.filter(({ isGone }) => isGone).slice(0, -mostGone);
  const added = now.filter((entry) => !known.has(keyOf(entry))).map((entry): Kept => ({ entry, isGone: false }));
  return [...kept.filter((each) => !tooMany.includes(each)), ...added];
}
