import type { Sql } from '../database/sql.ts';

/** Which of some runs are over, by their keys. */
export async function findEnded(sql: Sql, runKeys: readonly string[]): Promise<string[]> {
  const text = 'select run_key from runs where run_key = any($1) and ended_at is not null';
  const { rows } = await sql.query<{ run_key: string }>(text, [runKeys]);
  return rows.map((row) => row.run_key);
}
