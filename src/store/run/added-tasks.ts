import type { PlanTask } from '../../domain/plan/plan.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

// Any number does that no other lock in this database begins with ("ad").
const lockSpace = 0x6164;

/** Lets additions of a run take turns until the end of the transaction, so that what is counted stays true. */
export async function lockAdditions(sql: Sql, no: number): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1::int, $2::int)', [lockSpace, no % 2 ** 31]);
}

/** Tasks that came with an addition, in order; none when it was not made. */
export async function addedBy(sql: Sql, no: number, key: string): Promise<PlanTask[]> {
  const { rows } = await sql.query<{ definition: PlanTask }>(
    'select definition from tasks where run_no = $1 and definition is not null and added_by = $2 order by added_no',
    [no, key],
  );
  return rows.map((row) => row.definition);
}

/** The executions that added tasks to a run, by the task. */
export async function loadParents(sql: Sql, no: number): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; parent: string }>(
    'select id, parent from tasks where run_no = $1 and definition is not null and parent is not null',
    [no],
  );
  return new Map(rows.map(({ id, parent }) => [id, parent]));
}

/** How many tasks were added to a run, and how many of them by one task. */
export async function countAdded(
  sql: Sql,
  no: number,
  parent: string | null,
): Promise<{ all: number; ofParent: number }> {
  const { rows } = await sql.query<{ all: number; ofParent: number }>(
    `select count(*) as all, count(*) filter (where parent = $2) as "ofParent" from tasks where run_no = $1 and definition is not null`,
    [no, parent],
  );
  return rows[0]!;
}

/** Writes tasks that are added to a run; they begin later. */
export async function writeAdded(
  sql: Sql,
  no: number,
  { tasks, key, parent }: { tasks: readonly PlanTask[]; key: string; parent: string | null },
): Promise<void> {
  const rows = tasks.map((definition) => {
    const { id, phase, agent, context, depth } = definition;
    return { id, phase, agent, context, depth, definition };
  });
  await sql.query(
    `insert into tasks (run_no, id, task, phase, status, agent, context, depth, definition, added_by, added_no, parent)
     select $1, t.id, t.id, t.phase, 'pending', t.agent, t.context, t.depth, t.definition, $3, nextval('task_order'), $4
     from json_to_recordset($2::json) as t (id text, phase int, agent text, context text, depth int, definition json)`,
    [no, toJsonb(rows), key, parent],
  );
}
