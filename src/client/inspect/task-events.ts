import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Session } from '../connection/session.ts';
import { readStory } from './task-detail.ts';

/** What a run's story tells of one task: its newest events, oldest first, of `total`. */
export interface TaskEvents {
  events: RunEvent[];
  total: number;
}

/** The newest events about a task, at most `limit`. Null: the run has no such task. @throws RunNotFoundError */
export async function taskEvents(
  session: Session,
  { runId, id, limit }: { runId: string; id: string; limit: number },
): Promise<TaskEvents | null> {
  const story = await readStory(session, runId, id);
  if (!story) return null;
  const own = story.events.flatMap(({ event }) => ('taskId' in event && event.taskId === id ? event : []));
  return { events: own.slice(-limit), total: own.length };
}
