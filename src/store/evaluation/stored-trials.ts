import type { StoredTrial } from '../../domain/evaluation/tried-run.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { hashOf } from '../database/canonical-json.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest runs are looked at: their plans are read whole. */
const mostTrials = 400;

/**
 * Runs of a tenant's workflow that have ended and were evaluated, newest first, each with its newest evaluation and the models that were chosen in it.
 * Left out is what comparisons leave out: cancelled runs, replays, and runs that are tasks of others. `also`: runs that are looked at, however old.
 */
export async function storedTrials(
  sql: Sql,
  { tenant, workflow }: { tenant: string; workflow: string },
  { also }: { also: readonly string[] },
): Promise<StoredTrial[]> {
  const { rows } = await sql.query<StoredRow>(
    // Which runs, before anything of theirs is read.
    `with trials as not materialized (
       select r.no, r.run_key from runs r
       where r.tenant = $4 and r.workflow = $1 and r.result is not null and r.status <> 'cancelled' and r.parent_no is null and r.launch -> 'cassette' is null
         and exists (select from evaluations where run_no = r.no)),
     chosen as (
       (select no from trials order by no desc limit $2) union select no from trials where run_key = any($3))
     select r.run_id as run, r.started_at as at, r.plan_hash as hash, e.evaluation -> 'tasks' as tasks,
       coalesce((select json_object_agg(task, models) from (
         select c.task, string_agg(distinct c.model, ' and ') as models
         from model_choices c join tasks k on k.run_no = c.run_no and k.id = c.id and k.epoch = c.epoch and k.attempts = c.attempt
         where c.run_no = r.no group by c.task) models_of), '{}') as models
     from runs r join chosen on chosen.no = r.no
     join lateral (select evaluation from evaluations where run_no = r.no order by at desc, by_run desc limit 1) e on true
     order by r.no desc`,
    [workflow, mostTrials, also, tenant],
  );
  // Runs of one case have one plan.
  const hashes = [...new Set(rows.map(({ hash }) => hash))];
  const { rows: found } = await sql.query<{ hash: string; plan: Plan }>(
    'select hash, plan from plans where hash = any($1)',
    [hashes],
  );
  const plans = new Map(found.map(({ hash, plan }) => [hash, { plan, case: hashOf(plan.inputs ?? {}) }]));
  return rows.flatMap(({ at, hash, tasks, ...trial }): StoredTrial[] => {
    const known = plans.get(hash);
    return known ? [{ ...trial, ...known, at: at.toISOString(), evaluation: { tasks } }] : [];
  });
}

interface StoredRow extends Pick<StoredTrial, 'run' | 'models'> {
  at: Date;
  hash: string;
  tasks: StoredTrial['evaluation']['tasks'];
}
