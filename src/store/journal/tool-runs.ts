/* J1, J3, J6: see journal.ts. */
import { isUndoing } from '../../domain/ids/worker-id.ts';
import type { Database } from '../database/database.ts';
import { toJsonb } from '../database/jsonb.ts';
import { appendGuarded, appendNew } from '../run/events.ts';
import type { Begun, ToolIntent, ToolOutcome } from './entry.ts';
import { NoSuchRow, notCancelledText, takeOver } from './take-over.ts';

/** See `Journal.beginTool`. */
export async function beginTool(database: Database, { no, key, holder, events }: ToolIntent): Promise<Begun> {
  const fresh = await database.transaction(async (sql) => {
    const { rowCount } = await sql.query(
      `insert into journal (run_no, key, kind, state, owner, holder) select $1, $2, 'tool', 'intent', $3, $4::jsonb
           where $5 or ${notCancelledText} on conflict do nothing`,
      [no, key, holder.token, toJsonb(holder), isUndoing(key)],
    );
    // One that was never begun left its story behind, and no row.
    if (rowCount === 1) await appendNew(sql, no, events);
    return rowCount === 1;
  });
  if (fresh) return { state: 'fresh' };
  return takeOver(database, no, key, holder).catch((error: unknown) => {
    if (error instanceof NoSuchRow) return { state: 'cancelled' as const };
    throw error;
  });
}

/** See `Journal.commitTool`. */
export async function commitTool(
  database: Pick<Database, 'transaction'>,
  { no, key, token, result, events }: ToolOutcome,
): Promise<boolean> {
  return database.transaction(async (sql) => {
    const { rowCount } = await sql.query(
      `update journal set state = 'done', result = $4, holder = null where run_no = $1 and key = $2 and owner = $3 and state = 'intent'`,
      [no, key, token, toJsonb(result)],
    );
    if (rowCount === 1) await appendGuarded(sql, no, events);
    return rowCount === 1;
  });
}
