import type { ChangedPriorities } from '../changed-priorities.ts';
import { toInstance } from '../ids/execution-id.ts';
import { toPriorityKey } from '../run-priority.ts';

/** How an execution is served by Temporal, as options of its workflow or its steps; empty: as it inherits it. */
export function turnOf(
  changed: ChangedPriorities | undefined,
  executionId: string,
): { priority?: { priorityKey: number } } {
  const { task } = toInstance(executionId);
  const own = changed && Object.hasOwn(changed.tasks, task) ? changed.tasks[task] : changed?.run;
  return own === undefined ? {} : { priority: { priorityKey: toPriorityKey(own) } };
}
