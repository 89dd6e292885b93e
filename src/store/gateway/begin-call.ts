import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import type { Holder, Reservation } from '../journal/entry.ts';
import { reachedAround } from '../journal/model-calls.ts';
import { notCancelledText } from '../journal/take-over.ts';
import type { Claimant, ClaimedCall } from './calls.ts';
import { stillMayText } from './standing.ts';
import { type AttemptOf, attemptScope } from './tokens.ts';

type Invocation = Extract<RunEventDraft, { type: 'agent:invoke' }>;

/** What is written down of a call before it is made. */
export interface CallTerms {
  holder: Holder;
  intent: JsonObject;
  reserve: Reservation;
  /** Names of the limits below the run's own that it counts to. */
  scopes: readonly string[];
  /** What its run's story tells of it, but for its key and its turn: they are found out where it begins. */
  event: Omit<Invocation, 'key' | 'turn'>;
}

/**
 * Claims a call and holds back what it may cost in one statement: one that nobody has asked for before, and that fits below all its limits,
 * which have been counted to before. Most are such, and `claimCall` and `beginModel` after it would be several, each of which waits for the disk.
 *
 * @returns undefined where it is not such a call, or may not begin: then nothing was written, and those two say why
 */
export async function beginCall(
  sql: Sql,
  who: Claimant,
  { of, content }: { of: AttemptOf; content: string },
  { holder, intent, reserve, scopes, event }: CallTerms,
): Promise<ClaimedCall | undefined> {
  const { no, taskId, attempt, epoch } = of;
  try {
    const { rows } = await sql.query<{ key: string; turn: number }>(beginText, [
      ...[no, attemptScope(of), content, who.tokenHash, who.gateway, who.owner],
      ...[`${toAttemptId(taskId, attempt)}/`, `/${epoch}`, reserve.nano, reserve.tokens],
      ...[toJsonb(holder), toJsonb(intent), toJsonb(event), scopes],
    ]);
    return rows[0] && { no, ...rows[0], owner: who.owner };
  } catch (error) {
    // Another one began at the same moment, its number was had before, or a limit of the run around this one is reached.
    const { code } = error as { code?: string };
    if (code === '23505' || code === reachedAround) return undefined;
    throw error;
  }
}

/**
 * The call that a claimant has begun, where the word of that was lost; undefined: there is none. Whatever of it is still under way locks the run,
 * and is waited for.
 */
export async function findBegun(sql: Sql, no: number, owner: string): Promise<ClaimedCall | undefined> {
  await sql.query('select 1 from runs where no = $1 for no key update', [no]);
  const { rows } = await sql.query<{ key: string; turn: number }>(
    `select key, turn from gateway_calls where run_no = $1 and owner = $2 and state = 'open'`,
    [no, owner],
  );
  return rows[0] && { no, ...rows[0], owner };
}

// Locked as everywhere, the run first and its limits then, these are as they are now, whatever else the statement sees (J5).
const beginText = `
with limits as (
  select l.spent_nano + l.reserved_nano + $9 > l.limit_nano or l.spent_tokens + l.reserved_tokens + $10 > l.limit_tokens as is_full
  from (select no from runs where no = $1 and cardinality($14::text[]) > 0 for no key update) r, ledger l
  where l.run_no = r.no and l.scope = any($14::text[]) for no key update of l),
next as (select coalesce(max(turn), 0) + 1 as turn from gateway_calls where run_no = $1 and attempt = $2),
budget as (
  update runs set reserved_nano = reserved_nano + $9, reserved_tokens = reserved_tokens + $10, last_seq = last_seq + 1 from next
  where no = $1 and spent_nano + reserved_nano + $9 <= limit_nano
    and (limit_tokens is null or spent_tokens + reserved_tokens + $10 <= limit_tokens)
    and (select count(*) = cardinality($14::text[]) and coalesce(bool_and(is_full is not true), true) from limits)
    and limit_nano_per_minute is null and (not has_waiting or not exists (select 1 from waiting_calls where run_no = $1))
    and ${stillMayText('$4')} and ${notCancelledText}
    and not exists (select 1 from gateway_calls where run_no = $1 and attempt = $2 and content = $3)
  returning no, last_seq, next.turn, $7::text || next.turn || $8::text as key),
claimed as (
  insert into gateway_calls (run_no, attempt, content, turn, key, state, gateway, owner)
  select no, $2, $3, turn, key, 'open', $5, $6 from budget),
intent as (
  insert into journal (run_no, key, kind, state, owner, holder, intent, reserved_nano, reserved_tokens, scopes)
  select no, key, 'model', 'intent', $6, $11::jsonb, $12::jsonb, $9, $10, $14::text[] from budget),
nested as (
  update ledger l set reserved_nano = l.reserved_nano + $9, reserved_tokens = l.reserved_tokens + $10
  from budget where l.run_no = budget.no and l.scope = any($14::text[])),
told as (
  insert into events (run_no, seq, key, data)
  select no, last_seq, 'invoke/' || key, $13::jsonb || jsonb_build_object('turn', turn) from budget)
select key, turn from budget`;
