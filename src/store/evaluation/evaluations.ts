import type { Evaluation, KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** Keeps what came out of evaluating a run, once for each run that evaluates it. @returns whether it was not there yet */
export async function writeEvaluation(
  sql: Sql,
  no: number,
  { byRun, evaluation }: { byRun: string; evaluation: Evaluation },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into evaluations (run_no, by_run, case_hash, score, grade, evaluation) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [no, byRun, evaluation.case, evaluation.score, evaluation.grade, toJsonb(evaluation)],
  );
  return (rowCount ?? 0) > 0;
}

/** Evaluations of a run, oldest first. */
export async function listEvaluations(sql: Sql, runKey: string): Promise<KeptEvaluation[]> {
  const { rows } = await sql.query<{ evaluation: Evaluation; at: Date }>(
    `select e.evaluation, e.at from evaluations e join runs r on r.no = e.run_no where r.run_key = $1 order by e.at, e.by_run`,
    [runKey],
  );
  return rows.map(toKept);
}

/** The newest evaluation of each of the newest `limit` runs of a workflow that have one, newest run first; `before`: only of runs that began before that one; `tenant`: whose; null: anybody's. */
export async function evaluationsOf(
  sql: Sql,
  tenant: string | null,
  { workflow, limit, before }: { workflow: string; limit: number; before?: string },
): Promise<KeptEvaluation[]> {
  const { rows } = await sql.query<{ evaluation: Evaluation; at: Date }>(
    `select e.evaluation, e.at from runs r
     join lateral (select evaluation, at from evaluations where run_no = r.no order by at desc limit 1) e on true
     where r.workflow = $1 and ($4::text is null or r.tenant = $4) and ($3::text is null or r.no < (select no from runs where run_key = $3))
     order by r.no desc limit $2`,
    [workflow, limit, before ?? null, tenant],
  );
  return rows.map(toKept);
}

function toKept({ evaluation, at }: { evaluation: Evaluation; at: Date }): KeptEvaluation {
  return { ...evaluation, at: at.toISOString() };
}
