import type { ObservedRun, ObservedStep } from '../../domain/evaluation/observed-run.ts';
import type { Evaluation } from '../../domain/evaluation/evaluation.ts';
import { hasPassed } from '../../domain/evaluation/observation.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { hashOf } from '../database/canonical-json.ts';
import type { Sql } from '../database/sql.ts';

/** Runs are looked through from the newest on, at most so many. */
const mostRuns = 2000;

/** A run that has ended, as it counts in comparisons. */
export interface ObservedRow extends ObservedRun {
  runKey: string;
  workflow: string;
  isPinned: boolean;
  /** Its answers came from a cassette: it repeats another run and says nothing new. */
  isReplay: boolean;
  /** The same steps with the scores of its newest evaluation; null: nobody evaluated it. */
  scored: Record<string, ObservedStep> | null;
}

/** Runs of a tenant's workflow that have ended and were not cancelled, newest first; those that are tasks of another one are not among them. */
export async function observedRuns(sql: Sql, tenant: string, workflow: string): Promise<ObservedRow[]> {
  const { rows } = await sql.query<RawRun>(
    `select r.run_id as id, r.run_key as key, r.started_at as at, r.result, p.plan->'inputs' as inputs, r.launch->'cassette' as cassette,
       exists (select 1 from pinned_runs where run_no = r.no) as pinned,
       (select e.evaluation from evaluations e where e.run_no = r.no order by e.at desc, e.by_run desc limit 1) as evaluation
     from runs r join plans p on p.hash = r.plan_hash
     where r.tenant = $3 and r.workflow = $1 and r.result is not null and r.status <> 'cancelled' and r.parent_no is null
     order by r.no desc limit $2`,
    [workflow, mostRuns, tenant],
  );
  return rows.map((row) => ({
    ...{ run: row.id, runKey: row.key, workflow, at: row.at.toISOString(), case: hashOf(row.inputs ?? {}) },
    ...{ isPinned: row.pinned, isReplay: row.cassette !== null, steps: stepsOf(row.result) },
    scored: row.evaluation && scoresOf(row.evaluation),
  }));
}

interface RawRun {
  id: string;
  key: string;
  at: Date;
  result: RunResult;
  inputs: JsonValue;
  cassette: JsonValue;
  pinned: boolean;
  evaluation: Evaluation | null;
}

/** Says that later runs are held against a run, or no more. @returns whether that is new */
export async function pinRun(sql: Sql, runKey: string, isPinned: boolean): Promise<boolean> {
  const statement = isPinned
    ? `insert into pinned_runs (run_no) select no from runs where run_key = $1 on conflict do nothing`
    : `delete from pinned_runs where run_no = (select no from runs where run_key = $1)`;
  const { rowCount } = await sql.query(statement, [runKey]);
  return (rowCount ?? 0) > 0;
}

// What nobody scored passed or failed: a task that its own condition left out is no step of that run.
function stepsOf({ tasks }: RunResult): Record<string, ObservedStep> {
  const steps = Object.entries(tasks).flatMap(([id, { status, error }]): [string, ObservedStep][] => {
    if (status === 'succeeded' || status === 'reused') return [[id, { score: 100, passed: true }]];
    if (status === 'skipped' && error === null) return [];
    return [[id, { score: 0, passed: false }]];
  });
  return Object.fromEntries(steps);
}

function scoresOf({ tasks }: Evaluation): Record<string, ObservedStep> {
  const steps = Object.entries(tasks).flatMap(([id, { status, score }]): [string, ObservedStep][] => {
    if (score === null) return [];
    const isDone = status === 'succeeded' || status === 'reused';
    return [[id, { score, passed: isDone && hasPassed({ score }) }]];
  });
  return Object.fromEntries(steps);
}
