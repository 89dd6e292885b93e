import type { RunResult } from '../../domain/run/run-result.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** Whether a run has come to its end. */
export async function hasResult(sql: Sql, no: number): Promise<boolean> {
  const { rows } = await sql.query('select 1 from runs where no = $1 and result is not null', [no]);
  return rows.length > 0;
}

/** A run's result; null: it has none yet. `isLocked`: whoever else touches the run waits for this transaction's end. */
export async function findResult(sql: Sql, no: number, { isLocked }: { isLocked: boolean }): Promise<RunResult | null> {
  const lock = isLocked ? ' for update' : '';
  const { rows } = await sql.query<{ result: RunResult | null }>(`select result from runs where no = $1${lock}`, [no]);
  return rows[0]!.result;
}

/** Writes a run's result and ends it; one that had ended before keeps the time of that. It holds no money back any more. */
export async function writeResult(sql: Sql, no: number, result: RunResult): Promise<void> {
  await sql.query(
    `update runs set status = $2, reason = $3, result = $4, ended_at = coalesce(ended_at, now()), reserved_nano = 0, reserved_tokens = 0 where no = $1`,
    [no, result.status, result.reason, toJsonb(result)],
  );
}
