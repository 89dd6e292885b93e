/*
 * Calls of tools that wait for another agent of their run, and the words that wake them.
 *
 * W1 A call waits for a key (`answer/ID`). Whoever looks whether what it stands for is there, and whoever makes it so, holds the key first
 *    (`holdKeys`), in the transaction in which it does that: the later of the two sees what the earlier one did, so no word is lost.
 * W2 Waiting is a row, written in the transaction of that look. Who is called looks again, and leaves the table or waits on: a word too many
 *    does no harm.
 * W3 Whoever calls marks the rows in the transaction of what it did, keeps with its result whom it calls, and tells their workflows afterwards:
 *    the step that is done again after a crash tells them once more.
 */
import type { Sql } from '../database/sql.ts';

/** A call that was called, and the workflow in which its task stands still. */
export interface CalledWait {
  key: string;
  workflowId: string;
  taskId: string;
}

/** Holds keys until the end of the transaction (W1). To be called before anything of what they stand for is read or written. */
export async function holdKeys(sql: Sql, no: number, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql.query(
    `select pg_advisory_xact_lock(lock) from (
       select distinct hashtextextended($1::text || '/' || key, 0) as lock from unnest($2::text[]) as k (key) order by 1) as l`,
    [no, keys],
  );
}

/** Begins to wait, or waits on (W2). */
export async function beginWait(
  sql: Sql,
  { no, callKey, key, workflowId, taskId }: CalledWait & { no: number; callKey: string },
): Promise<void> {
  await sql.query(
    `insert into waits (run_no, call_key, key, workflow_id, task_id) values ($1, $2, $3, $4, $5)
     on conflict (run_no, call_key) do update
       set key = excluded.key, workflow_id = excluded.workflow_id, task_id = excluded.task_id, called_at = null`,
    [no, callKey, key, workflowId, taskId],
  );
}

/** The wait is over: what was waited for is there, or nobody waits any more. @returns whether there was one */
export async function endWait(sql: Sql, no: number, callKey: string): Promise<boolean> {
  const { rowCount } = await sql.query('delete from waits where run_no = $1 and call_key = $2', [no, callKey]);
  return rowCount === 1;
}

/** Ends the waits of calls that nobody works on any more; `prefixes`: beginnings of their keys. */
export async function endWaits(sql: Sql, no: number, prefixes: readonly string[]): Promise<void> {
  if (prefixes.length === 0) return;
  const isOfThem = 'exists (select 1 from unnest($2::text[]) as p (prefix) where starts_with(w.call_key, p.prefix))';
  await sql.query(`delete from waits w where run_no = $1 and ${isOfThem}`, [no, prefixes]);
}

/** The key that a call waits for; null: it does not wait. */
export async function findWaitKey(sql: Sql, no: number, callKey: string): Promise<string | null> {
  const text = 'select key from waits where run_no = $1 and call_key = $2';
  return (await sql.query<{ key: string }>(text, [no, callKey])).rows[0]?.key ?? null;
}

/** How long a call has waited by now, in ms; 0: it does not wait yet. */
export async function waitedMs(sql: Sql, no: number, callKey: string): Promise<number> {
  const { rows } = await sql.query<{ ms: number }>(
    `select floor(extract(epoch from statement_timestamp() - since) * 1000)::int as ms from waits where run_no = $1 and call_key = $2`,
    [no, callKey],
  );
  return rows[0]?.ms ?? 0;
}

/** Those who were called and have not looked since: also by a step that died before it told them. */
export async function listCalled(sql: Sql, no: number): Promise<CalledWait[]> {
  const { rows } = await sql.query<CalledWait>(
    `select key, workflow_id as "workflowId", task_id as "taskId" from waits where run_no = $1 and called_at is not null`,
    [no],
  );
  return rows;
}

/** A word that nobody heard, and the run that it is of. */
export interface UnheardWait extends CalledWait {
  runId: string;
  callKey: string;
  /** When it was said (ISO 8601). */
  calledAt: string;
}

/** Those of all runs that live who were called longer than `afterMs` ago and have not looked since; the latest 1,000. */
export async function listUnheard(sql: Sql, afterMs: number): Promise<UnheardWait[]> {
  const { rows } = await sql.query<Omit<UnheardWait, 'calledAt'> & { calledAt: Date }>(
    `select r.run_id as "runId", w.call_key as "callKey", w.key, w.workflow_id as "workflowId", w.task_id as "taskId", w.called_at as "calledAt"
     from waits w join runs r on r.no = w.run_no
     where w.called_at < statement_timestamp() - $1 * interval '1 millisecond' and r.ended_at is null order by w.called_at desc limit 1000`,
    [afterMs],
  );
  return rows.map(({ calledAt, ...one }) => ({ ...one, calledAt: calledAt.toISOString() }));
}

/** Calls everybody who waits for one of these keys (W3). @returns whom to tell when the transaction is through */
export async function callKeys(sql: Sql, no: number, keys: readonly string[]): Promise<CalledWait[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql.query<CalledWait>(
    `update waits set called_at = now() where run_no = $1 and key = any($2)
     returning key, workflow_id as "workflowId", task_id as "taskId"`,
    [no, keys],
  );
  return rows;
}
