import type { Sql } from '../database/sql.ts';

/** How many messages of other runs a conversation has to read. */
export async function countFromOutside(sql: Sql, no: number, context: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*) as count from inbox where run_no = $1 and context = $2 and state = 'queued' and starts_with(from_context, 'run:')`,
    [no, context],
  );
  return rows[0]!.count;
}
