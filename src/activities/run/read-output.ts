import type { ReadOutputInput, TaskOutput } from '../../contracts/task-output.ts';
import { toUsd } from '../../domain/money/money.ts';
import { longestOutput } from '../../domain/plan/output-note.ts';
import type { Store } from '../../store/store.ts';
import { loadTexts } from '../../store/task/task-facts.ts';
import { nothingPaid, usageByTask } from '../../store/task/task-usage.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Reads what came out of a task, for workflow code that goes on with it. */
export async function readOutput(
  { sql }: Pick<Store, 'sql'>,
  run: FrozenRun,
  { taskId, head }: ReadOutputInput,
): Promise<TaskOutput> {
  const [texts, paid] = await Promise.all([
    loadTexts(sql, head === null ? [] : [head]),
    usageByTask(sql, run.no, [taskId]),
  ]);
  const text = (head !== null && texts.get(head)) || '';
  const { usage, nanos, turns } = paid.get(taskId) ?? nothingPaid;
  return {
    text: text.slice(0, longestOutput).toWellFormed(),
    length: text.length,
    usage,
    costUsd: toUsd(nanos),
    turns,
  };
}
