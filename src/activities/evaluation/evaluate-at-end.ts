import type { JsonValue } from '../../domain/json.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finishEvaluation } from './finish-evaluation.ts';
import { planEvaluation } from './plan-evaluation.ts';

/** Tasks of an evaluating run whose failure is what it found out about the other run, and nothing that went wrong in this one. */
export function checksOf({ plan: { evaluates } }: FrozenRun): string[] {
  return (evaluates?.checks ?? []).filter(({ kind }) => kind === 'command').map(({ name }) => name);
}

/**
 * What the end of a run means for evaluation: what it evaluates is scored, and what evaluates it is made ready. Both is noted in its result.
 *
 * @param ended its tasks, with their structured answers whole
 * @returns what its story tells of that
 */
export async function evaluateAtEnd(
  sql: Sql,
  run: FrozenRun,
  made: RunResult,
  ended: readonly { id: string; json?: JsonValue }[],
): Promise<RunEventDraft[]> {
  const evaluation = await planEvaluation(sql, run, made);
  if (evaluation) made.evaluation = evaluation;
  const answers = new Map(ended.flatMap(({ id, json }) => (json === undefined ? [] : [[id, json] as const])));
  const finished = await finishEvaluation(sql, run, { made, answers });
  if (!finished) return [];
  const { runId, grade, score } = finished.evaluation;
  made.evaluated = { run: runId, grade, score };
  return [finished.told];
}
