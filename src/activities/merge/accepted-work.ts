import { planTaskId } from '../../domain/ids/worker-id.ts';
import type { Sql } from '../../store/database/sql.ts';
import { workSoFar, type WorkSoFar } from '../../store/merges/accepted-work.ts';
import type { MergeBranch } from '../../store/merges/merge-branches.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';

/**
 * Branches that nobody may bring in for a person, by their tasks, with the reason in words: a branch is kept when an attempt is done, and what
 * is kept may still be refused by whoever is asked about it, or by the loop that it is a part of.
 */
export async function unacceptedWork(
  sql: Sql,
  run: FrozenRun,
  branches: readonly MergeBranch[],
): Promise<Map<string, string>> {
  const work = await workSoFar(
    sql,
    run.no,
    branches.map(({ taskId }) => taskId),
  );
  const found = new Map<string, string>();
  for (const branch of branches) {
    const reason = await whyNot(sql, run, { branch, work });
    if (reason !== null) found.set(branch.taskId, reason);
  }
  return found;
}

async function whyNot(
  sql: Sql,
  run: FrozenRun,
  { branch: { taskId, status }, work: { isOver, statuses } }: { branch: MergeBranch; work: WorkSoFar },
): Promise<string | null> {
  const ended = statuses.get(taskId);
  // Pieces of work of a hand-written workflow have no rows: it says itself what counts.
  if (ended === undefined && run.plan.tasks.length === 0) return null;
  if (ended !== 'succeeded' && ended !== 'reused')
    return `its task has not succeeded (${ended ?? 'pending'}), so its work is not brought in`;
  // The run itself has let it in before.
  if (isOver || status !== 'ready') return null;
  const task = await taskDefinition(sql, run, planTaskId(taskId));
  const isLooped = (task?.repeat ?? null) !== null || (run.plan.phases[task?.phase ?? -1]?.repeat ?? null) !== null;
  const isAsked = task?.approval?.at === 'after';
  if (!isLooped && !isAsked) return null;
  const what = isAsked ? 'somebody is asked about its result' : 'it is part of a loop';
  return `${what}, so its work is brought in when the run has ended`;
}
