import { condition } from '@temporalio/workflow';
import { toSummary } from './cosmetics.ts';

/** See `RunLink.rest`. `changes` counts how often the run's limits have changed; one that came since the last rest ends the next one at once. */
export function restUntil(changes: () => number): (ms: number, summary: string) => Promise<void> {
  let seen = changes();
  return async (ms, summary) => {
    await condition(() => changes() !== seen, ms, { summary: toSummary(summary) });
    seen = changes();
  };
}
