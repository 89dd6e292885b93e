import type { SpentLimit } from '../../domain/money/reached-limit.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';

/** Every limit on money and tokens that a run's calls have counted to so far, with what is spent of it. */
export async function listLimits(sql: Sql, runKey: string): Promise<SpentLimit[]> {
  const { rows } = await sql.query<SpentLimit>(
    `with run as (select * from runs where run_key = $1), all_limits as (
       select 'run' as scope, limit_nano, limit_tokens, spent_nano, spent_tokens from run
       union all select scope, l.limit_nano, l.limit_tokens, l.spent_nano, l.spent_tokens from ledger l join run on l.run_no = run.no)
     select scope, 'usd' as unit, limit_nano as "limit", spent_nano as spent from all_limits where limit_nano is not null
     union all select scope, 'tokens', limit_tokens, spent_tokens from all_limits where limit_tokens is not null`,
    [runKey],
  );
  return rows.map((row) => (row.unit === 'usd' ? { ...row, limit: toUsd(row.limit), spent: toUsd(row.spent) } : row));
}
