import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import type { Store } from '../../../src/store/store.ts';

const page = 1000;

/** A run's whole story, however long; empty before the run has been opened. */
export async function allEvents(store: Store, runKey: string): Promise<RunEvent[]> {
  const story: RunEvent[] = [];
  if ((await store.sql.query('select 1 from runs where run_key = $1', [runKey])).rows.length === 0) return story;
  for (;;) {
    const more = await store.events.list(runKey, story.at(-1)?.seq ?? 0, page);
    story.push(...more);
    if (more.length < page) return story;
  }
}
