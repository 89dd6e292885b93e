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
 */
export async function setRunLimits(
  sql: Sql,
  no: number,
  { nano, tokens, nanoPerMinute }: { nano: NanoUsd | null; tokens: number | null; nanoPerMinute: NanoUsd | null },
): Promise<void> {
  await sql.query(
    `with recursive family as (
       select no, limit_nano, limit_tokens from runs where no = $1
       union all
       select n.no, n.limit_nano, n.limit_tokens from runs n join family f on n.parent_no = f.no
       where n.ended_at is null and (n.limit_nano = f.limit_nano or n.limit_tokens = f.limit_tokens)),
     own as (select limit_nano, limit_tokens from runs where no = $1)
     update runs r set
       limit_nano = case when r.limit_nano = own.limit_nano then coalesce($2, r.limit_nano) else r.limit_nano end,
       limit_tokens = case when r.no = $1 or r.limit_tokens = own.limit_tokens then coalesce($3, r.limit_tokens) else r.limit_tokens end,
       limit_nano_per_minute = case when r.no = $1 then coalesce($4, r.limit_nano_per_minute) else r.limit_nano_per_minute end
     from family, own where r.no = family.no`,
    [no, nano, tokens, nanoPerMinute],
  );
}
