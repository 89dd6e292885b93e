import type { Kept } from '../../actions/kept.ts';
import type { WaitingEntry } from '../../../../src/client/runs.ts';

/** Filters of the inbox by what waits, in words. */
export const causes = {
  all: 'Everything',
  approval: 'Approvals',
  blocker: 'Questions',
  budget: 'Limits',
  provider: 'Providers',
  paused: 'Pauses',
} as const;

export type CauseFilter = keyof typeof causes;

/** Whether an entry is meant by a filter. */
export function matches(entry: WaitingEntry, cause: CauseFilter, words: string): boolean {
  if (cause !== 'all' && entry.cause !== cause) return false;
  const text = `${entry.runId} ${entry.taskId ?? ''} ${entry.what} ${entry.detail}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** By run, in the order in which the first of each began to wait. */
export function groupsOf(entries: readonly Kept[]): { runId: string; items: Kept[] }[] {
  const groups = new Map<string, Kept[]>();
  for (const each of entries) groups.set(each.entry.runId, [...(groups.get(each.entry.runId) ?? []), each]);
  return [...groups].map(([runId, items]) => ({ runId, items }));
}
