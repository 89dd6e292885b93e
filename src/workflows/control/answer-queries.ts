import { setHandler } from '@temporalio/workflow';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { Crew } from '../run/crew.ts';
import type { RunStatusAnswer } from '../base/definitions.ts';
import { planQuery, resultsQuery, statusQuery, waitingQuery } from '../base/definitions.ts';

/** Answers the queries of a run. */
export function answerQueries(crew: Crew, phase: () => string | null): void {
  setHandler(
    statusQuery,
    () => {
      const tasks: Partial<Record<TaskStatus, number>> = {};
      for (const { status } of crew.tasks.values()) tasks[status] = (tasks[status] ?? 0) + 1;
      return { status: statusOf(crew), phase: phase(), tasks };
    },
    { description: 'Where the run is: phase, and how many tasks are in which state' },
  );
  setHandler(planQuery, () => crew.outline, { description: 'What the run does: phases, tasks, agents, limits' });
  setHandler(waitingQuery, () => crew.room.list(), { description: 'What waits for somebody, oldest first' });
  setHandler(
    resultsQuery,
    () =>
      Object.fromEntries(
        [...crew.tasks].map(([id, { status, progress, error }]) => [
          id,
          { status, preview: progress?.preview ?? '', error },
        ]),
      ),
    { description: 'What became of each task so far' },
  );
}

function statusOf({ control, tasks }: Crew): RunStatusAnswer['status'] {
  const status = control.status as RunStatusAnswer['status'];
  const isOver = tasks.size > 0 && [...tasks.values()].every((task) => hasEnded(task.status));
  return status === 'running' && isOver ? 'ending' : status;
}
