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

/** Changes the run's own limits; null stays as it is. */
export async function setRunLimits(
  sql: Sql,
  no: number,
  { nano, tokens, nanoPerMinute }: { nano: NanoUsd | null; tokens: number | null; nanoPerMinute: NanoUsd | null },
): Promise<void> {
  await sql.query(
    `update runs set limit_nano = coalesce($2, limit_nano), limit_tokens = coalesce($3, limit_tokens),
       limit_nano_per_minute = coalesce($4, limit_nano_per_minute) where no = $1`,
    [no, nano, tokens, nanoPerMinute],
  );
}
