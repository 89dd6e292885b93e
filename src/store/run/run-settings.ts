import type { NanoUsd } from '../../domain/money/money.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

// Any number does that no other lock in this database begins with ("ga").
const lockSpace = 0x6761;

/** Waits until nobody else changes tasks of this run, and keeps others from it until the transaction ends. Leaves the run's row alone. */
export async function lockTasks(sql: Sql, no: number): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1::int, $2::int)', [lockSpace, no % 2 ** 31]);
}

/** Notes how a run stands; one that has ended stays as it ended. */
export async function setStatus(sql: Sql, no: number, status: RunStatus): Promise<void> {
  await sql.query('update runs set status = $2 where no = $1 and ended_at is null', [no, status]);
}

/**
 * Changes the run's own limits; null stays as it is. Runs that are tasks of it and have its limits, as they set none of their own, go along.
 *
 * Call it before anything else touches the run's row: rows are locked from the inside to the outside, as by money that is spent.
 */
export async function setRunLimits(
  sql: Sql,
  no: number,
  { nano, tokens, nanoPerMinute }: { nano: NanoUsd | null; tokens: number | null; nanoPerMinute: NanoUsd | null },
): Promise<void> {
  const { rows } = await sql.query<{ no: number; follows: string[] }>(familyText, [no, [...inheritedLimits]]);
  const having = (limit: InheritedLimit): number[] =>
    rows.flatMap((row) => (row.follows.includes(limit) ? row.no : []));
  await sql.query(
    `update runs set
       limit_nano = case when no = any($2) then coalesce($3, limit_nano) else limit_nano end,
       limit_tokens = case when no = any($4) then coalesce($5, limit_tokens) else limit_tokens end,
       limit_nano_per_minute = case when no = any($6) then coalesce($7, limit_nano_per_minute) else limit_nano_per_minute end
     where no = any($1)`,
    [rows.map((row) => row.no), having('usd'), nano, having('tokens'), tokens, having('usdPerMinute'), nanoPerMinute],
  );
}

/** Limits that a run may have from the run around it. */
export type InheritedLimit = 'usd' | 'tokens' | 'usdPerMinute';

const inheritedLimits: readonly InheritedLimit[] = ['usd', 'tokens', 'usdPerMinute'];

// Which of its limits follow the outermost one's, by run.
const familyText = `
with recursive family (no, depth, follows) as (
  select $1::bigint, 0, $2::text[]
  union all
  select n.no, f.depth + 1, array(select unnest(f.follows) intersect select unnest(n.inherits))
  from runs n join family f on n.parent_no = f.no where n.ended_at is null)
select r.no, f.follows from runs r join family f on f.no = r.no order by f.depth desc, r.no for update of r`;
