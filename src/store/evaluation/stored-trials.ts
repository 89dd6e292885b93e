import type { StoredTrial } from '../../domain/evaluation/tried-run.ts';
import type { JsonValue } from '../../domain/json.ts';
import { hashOf } from '../database/canonical-json.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest runs are looked at: their plans are read whole. */
const mostTrials = 400;

/**
 * Runs of a workflow that have ended and were evaluated, newest first, each with its newest evaluation and the models that were chosen in it.
 * Left out is what comparisons leave out: cancelled runs, replays, and runs that are tasks of others. `also`: runs that are looked at, however old.
 */
export async function storedTrials(
  sql: Sql,
  workflow: string,
  { also }: { also: readonly string[] },
): Promise<StoredTrial[]> {
  const { rows } = await sql.query<Omit<StoredTrial, 'case' | 'at'> & { at: Date; inputs: JsonValue }>(
    `with trials as (
       select r.no, r.run_id, r.run_key, r.started_at, r.plan_hash, e.evaluation
       from runs r join lateral (select evaluation from evaluations where run_no = r.no order by at desc, by_run desc limit 1) e on true
       where r.workflow = $1 and r.result is not null and r.status <> 'cancelled' and r.parent_no is null and r.launch -> 'cassette' is null),
     newest as (select no from trials order by no desc limit $2)
     select t.run_id as run, t.started_at as at, p.plan, t.evaluation, p.plan -> 'inputs' as inputs,
       coalesce((select json_object_agg(task, models) from (
         select c.task, string_agg(distinct c.model, ' and ') as models
         from model_choices c join tasks k on k.run_no = c.run_no and k.id = c.id and k.epoch = c.epoch and k.attempts = c.attempt
         where c.run_no = t.no group by c.task) chosen), '{}') as models
     from trials t join plans p on p.hash = t.plan_hash
     where t.no in (select no from newest) or t.run_key = any($3)
     order by t.no desc`,
    [workflow, mostTrials, also],
  );
  return rows.map(({ at, inputs, ...trial }) => ({ ...trial, at: at.toISOString(), case: hashOf(inputs ?? {}) }));
}
