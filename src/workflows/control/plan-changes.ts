import { parseInstanceId } from '../../domain/plan/execution-id.ts';
import type { PlanRun } from '../run/plan-run.ts';

/** Has executions done anew that have ended, with the same input. */
export function redoTasks({ crew, scheduler }: PlanRun, taskIds: readonly string[]): void {
  // Also those that were given up because of these.
  const wanted = new Set(scheduler.reset(taskIds));
  for (const state of [...crew.tasks.values()].reverse()) {
    if (!wanted.has(parseInstanceId(state.id).task)) continue;
    crew.setHead(state.context, state.startHead);
    state.status = 'pending';
  }
  crew.control.changes++;
}

/** A person gives a task up: what of it is in flight is cancelled, the rest never starts. */
export function skipTask(run: PlanRun, taskId: string, reason: string): void {
  const { crew, scheduler, executions } = run;
  executions.skip(taskId, reason);
  for (const id of scheduler.skip(taskId)) crew.skip(run.toCrewTask(id), reason);
  crew.control.changes++;
}

/** Gives up everything that never started, once the run is over. */
export function skipTheRest(run: PlanRun, reason: string): void {
  for (const state of run.crew.tasks.values()) {
    if (state.status === 'pending') run.crew.skip(run.toCrewTask(state.id), reason);
  }
}
