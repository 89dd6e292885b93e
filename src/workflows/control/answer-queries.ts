import { setHandler } from '@temporalio/workflow';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { RunStatusAnswer } from '../base/definitions.ts';
import { planQuery, resultsQuery, statusQuery, waitingQuery } from '../base/definitions.ts';

/** Answers the queries of a run. */
export function answerQueries(books: RunBooks, phase: () => string | null): void {
  setHandler(
    statusQuery,
    () => {
      const tasks: Partial<Record<TaskStatus, number>> = {};
      for (const { status } of books.tasks.values()) tasks[status] = (tasks[status] ?? 0) + 1;
      return { status: statusOf(books), phase: phase(), tasks };
    },
    { description: 'Where the run is: phase, and how many tasks are in which state' },
  );
  setHandler(planQuery, () => books.outline, { description: 'What the run does: phases, tasks, agents, limits' });
  setHandler(waitingQuery, () => books.room.list(), { description: 'What waits for somebody, oldest first' });
  setHandler(
    resultsQuery,
    () =>
      Object.fromEntries(
        [...books.tasks].map(([id, { status, progress, error }]) => [
          id,
          { status, preview: progress?.preview ?? '', error },
        ]),
      ),
    { description: 'What became of each task so far' },
  );
}

function statusOf({ hold, tasks }: RunBooks): RunStatusAnswer['status'] {
  const status = hold.status as RunStatusAnswer['status'];
  const isOver = tasks.size > 0 && [...tasks.values()].every((task) => hasEnded(task.status));
  return status === 'running' && isOver ? 'ending' : status;
}
