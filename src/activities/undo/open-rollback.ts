import type { EndedTask } from '../../contracts/progress.ts';
import type { RollbackOutline } from '../../contracts/undo.ts';
import { countTries } from '../../store/run/compensations.ts';
import { listTasks, undoList } from '../../store/task/task-rows.ts';
import type { TaskRow } from '../../store/task/task-rows.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { firstOutline } from '../run/prepare-plan.ts';
import { recordProgress } from '../run/record-progress.ts';

const terminated = 'the run was terminated';

/** So many at once, as the list is a payload and each leaves about ten events. */
const mostUndos = 100;

/**
 * What a run that is over has left to undo, or the beginning of it. Of one that was terminated, the store learns first which tasks that cut off.
 *
 * `without`: see `OpenRollbackInput`.
 */
export async function openRollback(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  without?: readonly string[],
): Promise<RollbackOutline> {
  const { sql } = dependencies.store;
  await endTasks(dependencies, run);
  const [all, rows, tries, outline] = await Promise.all([
    undoList(sql, run.no),
    listTasks(sql, run.no),
    countTries(sql, run.no),
    firstOutline(dependencies, run),
  ]);
  const isTried = new Set(without);
  const left = all.filter(({ id }) => !isTried.has(id));
  const undo = without ? left.slice(0, mostUndos) : left;
  const toUndo = new Set(undo.map(({ id }) => id));
  return {
    runId: run.runId,
    outline,
    ...(left.length > undo.length && { hasMore: true as const }),
    undo: await Promise.all(
      undo.map(async ({ id, taskEnded }) => {
        const { workspace = null } = (await taskDefinition(sql, run, id)) ?? {};
        return { taskId: id, taskEnded, tried: tries.get(id) ?? 0, ...(workspace && { workspace }) };
      }),
    ),
    tasks: rows.filter(({ id }) => toUndo.has(id)).map(toEnded),
  };
}

async function endTasks({ store }: ActivityDependencies, run: FrozenRun): Promise<void> {
  const rows = await listTasks(store.sql, run.no);
  const known = new Set(rows.map(({ task }) => task));
  const neverBegun = run.plan.tasks.filter(({ id }) => !known.has(id));
  const ended = [
    ...rows
      .filter(({ endedNo, width, status }) => width === null && endedNo === null && status !== 'compensated')
      .map(toCutOff),
    ...neverBegun.map(({ id, agent, context }) => unfinished({ id, agent, context, status: 'skipped' })),
  ];
  if (ended.length > 0) await recordProgress(store, run, { runKey: run.runKey, events: [], ended });
}

function toEnded({ id, status, agent, context, attempts, durationMs, error, head }: TaskRow): EndedTask {
  return { id, status, agent, context, attempts, durationMs, error, head };
}

// What was tried at all is to be undone.
function toCutOff({ id, agent, context, attempts, head, startedNo }: TaskRow): EndedTask {
  if (startedNo === null) return { ...unfinished({ id, agent, context, status: 'skipped' }), head };
  return {
    ...unfinished({ id, agent, context, status: 'cancelled' }),
    head,
    attempts: Math.max(1, attempts),
  };
}

function unfinished(task: Pick<EndedTask, 'id' | 'agent' | 'context' | 'status'>): EndedTask {
  return { ...task, attempts: 0, durationMs: 0, error: terminated, head: null };
}
