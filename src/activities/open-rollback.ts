import type { EndedTask } from '../contracts/activities.ts';
import type { RollbackOutline } from '../contracts/upkeep.ts';
import { listTasks, undoList } from '../store/task-rows.ts';
import type { TaskRow } from '../store/task-rows.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { firstOutline } from './prepare-plan.ts';

const terminated = 'the run was terminated';

/** What a terminated run has left to undo, with those tasks that its end cut off. How the others ended is in the store. */
export async function openRollback(dependencies: ActivityDependencies, run: FrozenRun): Promise<RollbackOutline> {
  const { sql } = dependencies.store;
  const [undo, rows, outline] = await Promise.all([
    undoList(sql, run.no),
    listTasks(sql, run.no),
    firstOutline(dependencies, run),
  ]);
  const toUndo = new Set(undo.map(({ id }) => id));
  const known = new Set(rows.map(({ task }) => task));
  const neverBegun = run.plan.tasks.filter(({ id }) => !known.has(id));
  const tasks = [
    ...rows.filter(({ id, endedNo, width }) => width === null && (endedNo === null || toUndo.has(id))).map(toEnded),
    ...neverBegun.map(({ id, agent, context }) => unfinished({ id, agent, context, status: 'skipped' })),
  ];
  return {
    runId: run.runId,
    outline,
    undo: undo.map(({ id, taskEnded, agent, context }) => ({ taskId: id, taskEnded, agent, context })),
    tasks,
  };
}

function toEnded({ id, status, agent, context, attempts, durationMs, error, head, endedNo }: TaskRow): EndedTask {
  if (endedNo !== null) return { id, status, agent, context, attempts, durationMs, error, head };
  return { ...unfinished({ id, agent, context, status: status === 'pending' ? 'skipped' : 'cancelled' }), head };
}

function unfinished(task: Pick<EndedTask, 'id' | 'agent' | 'context' | 'status'>): EndedTask {
  return { ...task, attempts: 0, durationMs: 0, error: terminated, head: null };
}
