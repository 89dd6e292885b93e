import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Store } from '../../store/store.ts';

/** A blocker of any time. `answered`: by whom, at what time (ISO 8601) and with which words; null: not answered. */
export interface ToldBlocker {
  id: string;
  taskId: string;
  answered: { by: string; at: string; text: string } | null;
}

/** What a run's events tell of its blockers, oldest first, and the ids of all its tasks. */
export interface ToldBlockers {
  blockers: readonly ToldBlocker[];
  taskIds: ReadonlySet<string>;
}

/** The newest approval of that id or task, waiting or not; undefined: there never was one. */
export async function decidedBefore(store: Store, runKey: string, wanted: string): Promise<string | undefined> {
  let found: string | undefined;
  for await (const event of eventsOf(store, runKey)) {
    if (event.type !== 'approval:requested') continue;
    if (event.approvalId === wanted || event.taskId === wanted) found = event.approvalId;
  }
  return found;
}

/** Every blocker that was ever raised in a run. */
export async function blockersOf(store: Store, runKey: string): Promise<ToldBlockers> {
  const blockers = new Map<string, ToldBlocker>();
  const taskIds = new Set<string>();
  for await (const event of eventsOf(store, runKey)) {
    if (event.type === 'task:added') taskIds.add(event.taskId);
    else if (event.type === 'blocker:raised') {
      blockers.set(event.blockerId, { id: event.blockerId, taskId: event.taskId, answered: null });
    } else if (event.type === 'blocker:resolved') {
      const { blockerId: id, taskId, by, at, answer: text } = event;
      blockers.set(id, { id, taskId, answered: { by, at, text } });
    }
  }
  return { blockers: [...blockers.values()], taskIds };
}

async function* eventsOf(store: Store, runKey: string): AsyncGenerator<RunEvent> {
  for (let after = 0; ;) {
    const events = await store.events.list(runKey, after);
    if (events.length === 0) return;
    yield* events;
    after = events.at(-1)!.seq;
  }
}
