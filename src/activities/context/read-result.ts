import type { PlanTask } from '../../domain/plan/plan.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';
import type { ReadResult } from '../../tools/tool.ts';
import { findEnded } from '../../store/context/results.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { textOfResult } from './results.ts';

/** What came out of a task, for an agent that asks for it: of those that its own task waits for, directly or not; of any where contexts are shared. */
export async function readResult(
  sql: Sql,
  run: FrozenRun,
  { task, id }: { task: PlanTask | undefined; id: string },
): Promise<ReadResult> {
  const wanted = await taskDefinition(sql, run, id);
  const isOpen = wanted && task && (task.strategy === 'shared' || (await comesBefore(sql, run, wanted, task)));
  if (!isOpen) {
    const known = (task?.dependsOn ?? []).map((edge) => edge.task).join(', ') || 'none';
    return { problem: `There is no result of "${id.slice(0, 60)}" that this task may read. It waits for: ${known}.` };
  }
  const found = await findEnded(sql, run.no, id);
  if (found.length === 0) return { problem: `The task ${id} has not ended.` };
  const texts = [];
  for (const one of found) {
    const text = await textOfResult(sql, one);
    texts.push(found.length === 1 ? text : `[${one.id}]\n${text}`);
  }
  return { text: texts.join('\n\n') };
}

async function comesBefore(sql: Sql, run: FrozenRun, wanted: PlanTask, task: PlanTask): Promise<boolean> {
  const seen = new Set([task.id]);
  for (const id of seen) {
    const each = await taskDefinition(sql, run, id);
    if (!each) continue;
    if (wanted.phase !== null && each.afterPhase !== null && wanted.phase <= each.afterPhase) return true;
    for (const { task: before } of each.dependsOn) seen.add(planTaskId(before));
    if (seen.has(wanted.id) && wanted.id !== task.id) return true;
  }
  return false;
}
