import type { PastAttempt } from '../../domain/money/choose-tier.ts';
import type { Complexity } from '../../domain/complexity.ts';
import type { Sql } from '../database/sql.ts';
import { wasJudged } from '../evaluation/was-judged.ts';

/** An attempt of an execution, or of an agent that helps or undoes; `task`: its id in the plan. */
export interface AttemptRef {
  task: string;
  id: string;
  attempt: number;
}

/** The model that an attempt got. */
export interface ModelChosen {
  /** As `modelNameOf` has it. */
  model: string;
  complexity: Complexity;
  reason: string;
}

/** How many of the latest runs of a workflow are looked at. */
const mostRuns = 30;

/** What was chosen for an attempt; undefined: nothing yet. */
export async function findChoice(sql: Sql, no: number, { task, id, attempt }: AttemptRef) {
  const { rows } = await sql.query<ModelChosen>(
    'select model, complexity, reason from model_choices where run_no = $1 and task = $2 and id = $3 and attempt = $4',
    [no, task, id, attempt],
  );
  return rows[0];
}

/** Keeps a choice; one that is there already stays. */
export async function keepChoice(
  sql: Sql,
  no: number,
  { task, id, attempt }: AttemptRef,
  { model, complexity, reason }: ModelChosen,
): Promise<void> {
  await sql.query(
    `insert into model_choices (run_no, task, id, attempt, epoch, model, complexity, reason)
     select $1, $2, $3, $4, coalesce((select epoch from tasks where run_no = $1 and id = $3), 0), $5, $6, $7
     on conflict do nothing`,
    [no, task, id, attempt, model, complexity, reason],
  );
}

/** Models of the attempts at an execution that failed before this one, first to last; one that was done anew begins anew. */
export async function failedModels(sql: Sql, no: number, { task, id, attempt }: AttemptRef): Promise<string[]> {
  const { rows } = await sql.query<{ model: string }>(
    `select model from model_choices where run_no = $1 and task = $2 and id = $3 and attempt < $4
       and epoch = coalesce((select epoch from tasks where run_no = $1 and id = $3), 0) order by attempt`,
    [no, task, id, attempt],
  );
  return rows.map(({ model }) => model);
}

/**
 * Attempts at a task of the plan whose model was chosen and that came to their end, newest run first, in the tenant's latest runs of the workflow
 * with that kind of model, this one included.
 */
export async function pastAttempts(sql: Sql, no: number, task: string): Promise<PastAttempt[]> {
  const { rows } = await sql.query<Omit<PastAttempt, 'score'> & { score: number | null }>(
    `select c.model, c.attempt = t.attempts and t.status = 'succeeded' as succeeded,
       case when c.attempt = t.attempts then (
         select (e.evaluation -> 'tasks' -> c.task ->> 'score')::double precision from evaluations e
         where e.run_no = c.run_no and ${wasJudged("e.evaluation -> 'tasks' -> c.task")} order by e.at desc limit 1
       ) end as score
     from (select r.no from runs r join runs own on own.no = $1
           where r.tenant = own.tenant and r.workflow = own.workflow and r.no <= own.no and r.launch ->> 'model' is not distinct from own.launch ->> 'model'
           order by r.no desc limit ${mostRuns}) r
     join model_choices c on c.run_no = r.no and c.task = $2
     join tasks t on t.run_no = c.run_no and t.id = c.id and t.epoch = c.epoch
     where c.attempt < t.attempts or (c.attempt = t.attempts and t.status in ('succeeded', 'failed'))
     order by c.run_no desc, c.id desc, c.attempt desc limit 200`,
    [no, task],
  );
  // What no check looked at was judged by nobody.
  return rows.map(({ score, ...attempt }) => (score === null ? attempt : { ...attempt, score }));
}
