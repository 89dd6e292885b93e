import { toInstance, toInstanceId } from '../ids/execution-id.ts';
import type { TaskState } from './task-state.ts';

/** A `for_each` gives way to its members as soon as they are known: the first takes its place. */
export function withoutGroup(tasks: Map<string, TaskState>, memberId: string): Map<string, TaskState> {
  const group = groupOf(memberId);
  if (group === memberId || tasks.get(group)?.startedAt !== null) return tasks;
  const member = tasks.get(memberId)!;
  tasks.delete(memberId);
  return new Map([...tasks].map(([id, task]) => (id === group ? [memberId, member] : [id, task])));
}

/** The `for_each`, in its iteration, that an execution is an item of; of any other execution its own id. */
function groupOf(id: string): string {
  return toInstanceId({ ...toInstance(id), item: null });
}

/**
 * How many tasks a run has as far as anybody knows: an item counts from the moment the width of its `for_each` is known, a `for_each` whose
 * width nobody knows counts as one.
 */
export function countAll({
  tasks,
  widths,
  taskCount,
}: {
  tasks: ReadonlyMap<string, unknown>;
  widths: ReadonlyMap<string, number>;
  taskCount: number;
}): number {
  const begun = new Map<string, number>();
  if (widths.size > 0) {
    for (const id of tasks.keys()) {
      const group = groupOf(id);
      if (group !== id) begun.set(group, (begun.get(group) ?? 0) + 1);
    }
  }
  let all = tasks.size;
  for (const [group, width] of widths) {
    // One without items stays, as skipped.
    if (width > 0) all += Math.max(0, width - (begun.get(group) ?? 0)) - (tasks.has(group) ? 1 : 0);
  }
  return Math.max(taskCount, all);
}
