import type { PlanDependency, PlanPhase } from './plan.ts';
import type { TaskStatus } from './run-result.ts';

/** What the scheduler needs to know of a task. */
export interface SchedulableTask {
  id: string;
  phase: number | null;
  dependsOn: PlanDependency[];
  afterPhase: number | null;
}

/** What the scheduler needs to know of a plan. */
export interface SchedulablePlan {
  tasks: readonly SchedulableTask[];
  phases: readonly PlanPhase[];
  limits: { maxParallel: number };
}

/** What to do now: start these, in this order, and give these up. */
export interface ScheduleStep {
  start: string[];
  skip: { taskId: string; reason: string }[];
}

const ended: readonly TaskStatus[] = ['succeeded', 'failed', 'skipped', 'cancelled'];

/** Whether a task has come to its end. */
export function hasEnded(status: TaskStatus): boolean {
  return ended.includes(status);
}

/**
 * Decides what starts now: every task whose dependencies allow it, in plan order, up to `maxParallel` running at once.
 *
 * Pure: the same plan and statuses always give the same answer. Call it again after each end, and after a skip.
 */
export function schedule(plan: SchedulablePlan, statuses: ReadonlyMap<string, TaskStatus>): ScheduleStep {
  const statusOf = (id: string): TaskStatus => statuses.get(id) ?? 'pending';
  const openInPhase = new Map<number, number>();
  let running = 0;
  for (const task of plan.tasks) {
    const status = statusOf(task.id);
    if (status === 'running') running++;
    if (task.phase !== null && !hasEnded(status)) openInPhase.set(task.phase, (openInPhase.get(task.phase) ?? 0) + 1);
  }
  const step: ScheduleStep = { start: [], skip: [] };
  for (const task of plan.tasks) {
    if (statusOf(task.id) !== 'pending') continue;
    const failed = task.dependsOn.find(
      (edge) => edge.on === 'all_success' && hasEnded(statusOf(edge.task)) && statusOf(edge.task) !== 'succeeded',
    );
    if (failed) {
      step.skip.push({ taskId: task.id, reason: `it needs ${failed.task}, which ${statusOf(failed.task)}` });
      continue;
    }
    const isReady =
      task.dependsOn.every((edge) => hasEnded(statusOf(edge.task))) &&
      (task.afterPhase === null || !openUpTo(openInPhase, task.afterPhase));
    if (isReady && running + step.start.length < plan.limits.maxParallel) step.start.push(task.id);
  }
  return step;
}

function openUpTo(openInPhase: ReadonlyMap<number, number>, last: number): boolean {
  for (let phase = 0; phase <= last; phase++) if ((openInPhase.get(phase) ?? 0) > 0) return true;
  return false;
}
