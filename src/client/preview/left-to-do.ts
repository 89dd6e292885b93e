import { toInstanceId } from '../../domain/ids/execution-id.ts';
import type { PlannedReuse } from '../start/from-run.ts';

/** What of a task is done anew where these are taken over: itself, members of its `for_each`, or nothing. In executions of the new run. */
export function leftToDo(task: string, planned: readonly PlannedReuse[]): string[] {
  const reused = planned.filter((each) => each.task === task);
  const [one] = reused;
  if (!one) return [task];
  const ids = new Set(reused.map(({ id }) => id));
  const members = Array.from({ length: one.width ?? 0 }, (_, item) => toInstanceId({ task, item, iteration: 1 }));
  return members.filter((id) => !ids.has(id));
}
