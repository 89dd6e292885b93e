import type { RunResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../../store/database/sql.ts';
import { toEvaluationPlan } from '../../store/evaluation/evaluation-plan.ts';
import { savePlan } from '../../store/runs.ts';
import { toEvaluationId } from '../../domain/ids/child-id.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/**
 * What evaluates a run whose file says so, now that it has ended: the id of that run, and the hash of its plan, which is kept.
 *
 * @returns null: nothing does. A run that somebody cancelled pays for nothing more, and a run that is a task is looked at with the run around it
 */
export async function planEvaluation(
  sql: Sql,
  run: FrozenRun,
  { status }: RunResult,
): Promise<NonNullable<RunResult['evaluation']> | null> {
  if (!run.plan.evaluate || run.parent !== null || status === 'cancelled') return null;
  return { run: toEvaluationId(run.runId), plan: await savePlan(sql, await toEvaluationPlan(sql, run, status)) };
}
