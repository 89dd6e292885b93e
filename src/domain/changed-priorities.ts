import { type RunPriority, taskPriorities } from './run-priority.ts';

/** Priorities that somebody changed while the run lived. `run`: that of the run, left out when only tasks have another. */
export interface ChangedPriorities {
  run?: RunPriority;
  /** By the task's id; such a task has that one, whatever its run has. */
  tasks: Readonly<Record<string, RunPriority>>;
}

/** Those, and one more. `task`: left out, it is the run's. */
export function withPriority(
  before: ChangedPriorities | undefined,
  { task, priority }: { task?: string | undefined; priority: RunPriority },
): ChangedPriorities {
  const { tasks = {}, ...rest } = before ?? {};
  return task === undefined ? { tasks, run: priority } : { ...rest, tasks: { ...tasks, [task]: priority } };
}

/** Puts changed priorities back into tasks that were read as they were planned. */
export function applyPriorities(
  tasks: readonly { id: string; priority?: number }[],
  changed: ChangedPriorities | undefined,
): void {
  if (!changed) return;
  for (const task of tasks) {
    if (Object.hasOwn(changed.tasks, task.id)) task.priority = taskPriorities[changed.tasks[task.id]!];
  }
}
