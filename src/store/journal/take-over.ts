/* J1, J4, J6: see journal.ts. */
import type { JsonObject } from '../../domain/json.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import type { Begun, Holder } from './entry.ts';

/** Nobody has begun it. */
export class NoSuchRow extends Error {}

/** Takes a row over from whoever held it (J4), or finds what came of it (J1). */
export async function takeOver(sql: Sql, no: number, key: string, holder: Holder): Promise<Begun> {
  const { rows } = await sql.query<{
    state: string;
    attempts: number;
    intent: JsonObject | null;
    result: JsonObject | null;
    reserved_nano: number;
    reserved_tokens: number;
  }>(
    `update journal set
       owner = case when state = 'intent' then $3 else owner end,
       holder = case when state = 'intent' then $4::jsonb end,
       attempts = attempts + case when state = 'intent' then 1 else 0 end
     where run_no = $1 and key = $2 returning state, attempts, intent, result, reserved_nano, reserved_tokens`,
    [no, key, holder.token, toJsonb(holder)],
  );
  const row = rows[0];
  if (!row) throw new NoSuchRow(`the journal has no row ${key}`);
  if (row.state === 'done') return { state: 'done', result: row.result ?? {} };
  const reserved = { nano: row.reserved_nano, tokens: row.reserved_tokens };
  return { state: 'resumed', attempts: row.attempts, intent: row.intent ?? {}, reserved };
}

/** Condition that a run, $1, was not cancelled (J6): its story says so before anything else can come of it. */
export const notCancelledText = `not exists (select 1 from events where run_no = $1 and key = 'cancelled')`;
