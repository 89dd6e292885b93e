import type { Plan } from '../plan/plan.ts';
import { toInstance } from '../ids/execution-id.ts';
import { countAll } from '../run/for-each-groups.ts';
import type { RunState } from '../run/run-state.ts';
import type { TaskState } from '../run/task-state.ts';
import { openTaskStatuses } from '../run/task-state.ts';
import type { TaskHistory } from './cost-range.ts';
import { own } from './cost-range.ts';
import { slotRulesOf } from '../scheduling/slots.ts';
import { makespanOf } from './makespan.ts';

/** Larger plans are not played through each second. */
const mostTasks = 300;

/**
 * How long a run may still take, in ms, if what is left takes as long as in earlier runs: played through with the scheduler that runs it.
 *
 * @returns null where nobody knows: a task that is left never ran before, or takes longer than it ever did, or a person is waited for
 */
export function timeLeft(
  { tasks, phases, limits, ...crew }: Pick<Plan, 'tasks' | 'phases' | 'limits' | 'pool' | 'concurrency'>,
  history: Record<string, TaskHistory>,
  { state, now }: { state: RunState; now: number },
): number | null {
  if (tasks.length > mostTasks || countAll(state) > mostTasks || state.hold) return null;
  const left = new Map<string, number | null>();
  for (const { id } of tasks) left.set(id, leftOf(executionsOf(state, id), own(history, id)?.durationMs ?? null, now));
  for (const ms of left.values()) if (ms === null) return null;
  const weighed = tasks.map((task) => ({ ...task, weightMs: left.get(task.id)! }));
  const ms = makespanOf(
    { tasks: weighed, phases, slots: slotRulesOf(crew) },
    { maxParallel: limits.maxParallel, loopsRunFully: false, durationMs: (id) => left.get(id)! },
  );
  return ms > 0 ? ms : null;
}

function executionsOf({ tasks }: RunState, id: string): TaskState[] {
  return [...tasks.values()].filter((task) => toInstance(task.id).task === id);
}

function leftOf(executions: readonly TaskState[], beforeMs: number | null, now: number): number | null {
  const open = executions.filter(({ status }) => openTaskStatuses.includes(status));
  if (executions.length > 0 && open.length === 0) return 0;
  if (beforeMs === null || open.some(({ status }) => status === 'waiting')) return null;
  const begun = open.filter(({ startedAt }) => startedAt !== null);
  // Of several the one that began last ends last.
  const spent = begun.length < open.length ? [] : begun.map(({ startedAt }) => now - Date.parse(startedAt!));
  const ms = beforeMs - (spent.length > 0 ? Math.min(...spent) : 0);
  return ms > 0 ? ms : null;
}
