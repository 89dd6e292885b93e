import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';

/** What a run's story tells of one task: its newest events, oldest first, of `total`. */
export interface TaskEvents {
  events: RunEvent[];
  total: number;
}

/** The newest events about a task, at most `limit`. @throws RunNotFoundError */
export async function taskEvents(
  session: Session,
  { runId, id, limit }: { runId: string; id: string; limit: number },
): Promise<TaskEvents> {
  const { runKey } = await findRun(session, runId);
  const story = await session.store.runs.taskEvents(runKey, id);
  const own = story.flatMap(({ event }) => ('taskId' in event && event.taskId === id ? event : []));
  return { events: own.slice(-limit), total: own.length };
}
