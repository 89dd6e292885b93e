import type { SliceFollowers } from '../../contracts/slice.ts';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';
import { pack } from '../../domain/packed.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { mayFollow } from '../../domain/turns/may-slice.ts';
import type { PlanState } from './carry.ts';
import { slotsNow } from './slots-now.ts';

/**
 * What may begin in a slice of these executions, by the rules of the run's own scheduler; null: nothing may, as more than the scheduler has a
 * say in what begins, or nothing is there that could.
 */
export function followersOf(run: PlanState, executionIds: readonly string[]): SliceFollowers | null {
  const { crew, scheduler } = run;
  const { outline, heads } = crew.books;
  const { checkpointEvery, slots: pool, tasks, taskCount, agents } = outline;
  if (checkpointEvery !== null || pool || tasks.length !== taskCount) return null;
  const quick = Object.entries(agents).flatMap(([name, { isQuick }]) => (isQuick ? name : []));
  const { tasks: _tasks, states, ...snapshot } = scheduler.toJSON();
  const own = new Set(tasks.map(({ id }) => id));
  // What else is at work may soon have something begin that needs a slot.
  const isAlone = scheduler.runningCount === executionIds.length;
  const free = isAlone ? Math.max(0, slotsNow(run) - scheduler.runningCount) : 0;
  return {
    scheduler: { ...snapshot, states: pack(tasks.map(({ id }) => states[id] ?? {})) },
    ...{ agents: quick, slots: executionIds.length + free },
    heads: Object.fromEntries(heads.begun().filter(([context]) => !own.has(context) || isShared(tasks, context))),
    ...(outline.priorities && { priorities: outline.priorities }),
  };
}

function isShared(tasks: readonly OutlineTask[], context: string): boolean {
  return tasks.some((task) => task.context === context && task.id !== context);
}

/** Phases in which executions are at work; null: none. */
export function phasesOf({ tasks }: Pick<PlanState, 'tasks'>, executionIds: readonly string[]): Set<number | null> {
  return new Set(executionIds.map((id) => tasks.of(id).phase));
}

/** Whether a slice that has begun in these phases may begin that execution by itself. */
export function isFollower(run: PlanState, phases: ReadonlySet<number | null>, executionId: string): boolean {
  const task = run.tasks.find(parseInstanceId(executionId).task)!;
  return phases.has(task.phase) && mayFollow(task, run.crew.books.outline);
}
