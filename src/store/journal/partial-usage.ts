/*
 * A call that broke off is paid for what the provider had counted of it by then (I5 of the ledger):
 * P1 It is billed once, by the attempt that made it, to all that its row counts to, whoever holds the row by now. After the run's
 *    end nothing is billed but what a gateway had under way then: it knows what was paid, and the result was waited for as long as can be.
 * P2 The row stays an intent and keeps its reservation for the retry (J4).
 * P3 It is kept as a message that belongs to no conversation: depth 0, no text. So every sum over messages has it.
 */
import type { JsonObject } from '../../domain/json.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { toData } from '../run/events.ts';
import type { Spent } from './entry.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** What is known of a call that broke off. */
export interface PartialUsage {
  no: number;
  /** The journal's key of the call. */
  key: string;
  /** Of this attempt alone: the id of its message. */
  id: string;
  usage: JsonObject;
  cost: NanoUsd;
  tokens: number;
  event: RunEventDraft;
  /** Whether a run that has ended pays, too. Default: no. */
  isLate?: boolean;
}

/** Bills a call that broke off. @returns what is spent now of each limit, and whether one of them has no room for the retry any more */
export async function billPartial(sql: Sql, partial: PartialUsage): Promise<{ spent: Spent[]; isFull: boolean }> {
  const { no, key, id, usage, cost, tokens, event, isLate = false } = partial;
  const { rows } = await sql.query<Spent & { isFull: boolean }>(billText, [
    ...[no, key, id, toJsonb(usage), cost, tokens, event.key, toData(event), isLate],
  ]);
  return { spent: rows, isFull: rows.some(({ isFull }) => isFull) };
}

const limitColumns = 'spent_nano, spent_tokens, reserved_nano, reserved_tokens, limit_nano, limit_tokens';

const billText = `
with run as (select no from runs where no = $1 and ($9 or ended_at is null) for update),
paid as (
  insert into messages (id, run_no, root, depth, call_key, role, content, usage, cost_nano)
  select $3, no, $3, 0, $2, 'assistant', '[]', $4::jsonb, $5 from run on conflict do nothing returning run_no),
bump as (
  update runs set spent_nano = spent_nano + $5, spent_tokens = spent_tokens + $6, last_seq = last_seq + 1
  from paid where no = paid.run_no returning 'run' as scope, no, last_seq, ${limitColumns}),
nested as (
  update ledger l set spent_nano = l.spent_nano + $5, spent_tokens = l.spent_tokens + $6
  from bump, journal j where j.run_no = bump.no and j.key = $2 and l.run_no = bump.no and l.scope = any(j.scopes)
  returning l.scope, ${limitColumns.replaceAll(/\w+/g, 'l.$&')}),
told as (insert into events (run_no, seq, key, data) select no, last_seq, $7, $8::jsonb from bump)
select scope, spent_nano as nano, spent_tokens as tokens, limit_nano as "limitNano", limit_tokens as "limitTokens",
  coalesce(spent_nano + reserved_nano > limit_nano, false) or coalesce(spent_tokens + reserved_tokens > limit_tokens, false) as "isFull"
from (select scope, ${limitColumns} from bump union all select * from nested) as limits`;
