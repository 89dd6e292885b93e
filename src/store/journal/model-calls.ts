import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { toData } from '../run/events.ts';
import type { Database } from '../database/database.ts';
import type { BegunModel, Exceeded, ModelIntent, ModelOutcome, Spent } from './entry.ts';
import { CallHeld } from './call-held.ts';
import { findObstacle, lockLedger } from './ledger.ts';
import { isUndoing } from '../../domain/ids/worker-id.ts';
import { Barred, standingOf, stillMayText } from '../gateway/standing.ts';
import { NoSuchRow, notCancelledText, takeOver } from './take-over.ts';
import { takenText } from '../messages/mail.ts';
import { isNextText, takePlace } from './waiting-calls.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** See `Journal.beginModel`. @throws CallHeld for one that its paused run holds */
export async function beginModel(database: Database, intent: ModelIntent, isAgain = false): Promise<BegunModel> {
  const written = await insertIntent(database, intent);
  if (written === 'written') return { state: 'fresh' };
  if (intent.isHeldByPause && (await isPaused(database, intent.no))) throw new CallHeld();
  const taken = await takeOver(database, intent.no, intent.key, intent.holder).catch((error: unknown) => {
    // No row, although something of it was there: a budget that is spent looks different.
    if (error instanceof NoSuchRow && (typeof written === 'object' || !isAgain)) return undefined;
    throw error;
  });
  if (taken) return taken;
  if (!isUndoing(intent.key) && (await isCancelled(database, intent.no))) return { state: 'cancelled' };
  if (typeof written === 'object') return { state: 'exceeded', exceeded: written };
  // The step was refused before and its row dropped; what was told of it then is not told again.
  return beginModel(database, { ...intent, events: await untold(database, intent) }, true);
}

async function isCancelled(sql: Sql, no: number): Promise<boolean> {
  return (await sql.query(`select 1 where ${notCancelledText}`, [no])).rows.length === 0;
}

async function isPaused(sql: Sql, no: number): Promise<boolean> {
  return (await sql.query(`select 1 from runs where no = $1 and ${pausedText}`, [no])).rows.length > 0;
}

const pausedText = `status in ('pausing', 'paused')`;

async function untold(sql: Sql, { no, events }: ModelIntent): Promise<RunEventDraft[]> {
  const keys = events.map((event) => event.key);
  const { rows } = await sql.query<{ key: string }>('select key from events where run_no = $1 and key = any($2)', [
    no,
    keys,
  ]);
  const told = new Set(rows.map((row) => row.key));
  return events.filter((event) => !told.has(event.key));
}

/*
 * Most calls count to the run alone, and are one statement. Where more limits have a say (J5), the run's row is locked first, so that
 * the statement after it sees them as they are now; that is also how the reason for a refusal is found.
 */
async function insertIntent(database: Database, intent: ModelIntent): Promise<'written' | 'conflict' | Exceeded> {
  try {
    if (!intent.scopes?.length && (await insertRow(database, intent, false))) return 'written';
    return await database.transaction(async (sql) => {
      await lockLedger(sql, intent);
      return (await insertRow(sql, intent, true)) ? 'written' : await refuse(sql, intent);
    });
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return 'conflict';
    const ofParent = exceededAround(error);
    if (ofParent) return ofParent;
    throw error;
  }
}

/** The limit of a run around this one that a call does not fit below; undefined: the error is about something else. */
function exceededAround(error: unknown): Exceeded | undefined {
  const { code, detail } = error as { code?: string; detail?: string };
  if (code !== reachedAround || detail === undefined) return undefined;
  const found = JSON.parse(detail) as Omit<Exceeded, 'freeAt' | 'isHeld'>;
  // What was spent too fast is gone in a minute.
  const isHeld = (found.scope === 'speed' ? 0 : found.spent) + found.asked <= found.limit;
  const scope = found.scope === 'run' ? 'around' : `around/${found.scope}`;
  return { ...found, scope, freeAt: null, ...(isHeld && { isHeld: true as const }) };
}

/** What the trigger of migration 13 raises. */
export const reachedAround = 'GF001';

// J7, J8
async function refuse(sql: Sql, intent: ModelIntent): Promise<Exceeded | 'conflict'> {
  const standing = intent.asker ? await standingOf(sql, intent.asker) : 'free';
  if (standing === 'held' || standing === 'over') throw new Barred();
  const found = await findObstacle(sql, intent);
  if (found === 'conflict') return found;
  if (found.blocked) await takePlace(sql, intent, found.blocked);
  return found.exceeded;
}

// J2. The run's row is locked first, so two attempts that arrive at once take turns; the later one fails on the
// journal's primary key, as its snapshot did not show the first one's row.
async function insertRow(sql: Sql, intent: ModelIntent, isLocked: boolean): Promise<boolean> {
  const { message, holder, reserve, mail = [] } = intent;
  const { rowCount } = await sql.query(insertIntentText, [
    intent.no,
    intent.key,
    holder.token,
    toJsonb(holder),
    toJsonb(intent.intent),
    reserve.nano,
    reserve.tokens,
    intent.events.map((event) => event.key),
    intent.events.map(toData),
    message?.id ?? null,
    message?.parent ?? null,
    message?.root ?? null,
    message?.viewFrom ?? null,
    message?.depth ?? null,
    message && toJsonb(message.content),
    (intent.scopes ?? []).map(({ scope }) => scope),
    isLocked,
    isUndoing(intent.key),
    mail.map(({ id }) => id),
    mail.map(({ place }) => place),
    intent.asker ?? null,
    intent.isHeldByPause === true,
  ]);
  return rowCount! > 0;
}

/*
 * A subquery that does not name the row is computed by every call that has waited for the run's row, needed or not: that of the last
 * minute names it. `clock_timestamp()` would keep it from its index.
 */
const insertIntentText = `
with budget as (
  update runs set reserved_nano = reserved_nano + $6, reserved_tokens = reserved_tokens + $7, last_seq = last_seq + cardinality($8::text[])
  where no = $1 and spent_nano + reserved_nano + $6 <= limit_nano
    and (limit_tokens is null or spent_tokens + reserved_tokens + $7 <= limit_tokens)
    and not exists (select 1 from journal where run_no = $1 and key = $2)
    and ($21::bytea is null or (${stillMayText('$21')}))
    and not ($22 and ${pausedText})
    and ($18 or (${notCancelledText} and ${isNextText('$16::text[]')}))
    and not exists (select 1 from ledger l where l.run_no = $1 and l.scope = any($16::text[])
      and (l.spent_nano + l.reserved_nano + $6 > l.limit_nano or l.spent_tokens + l.reserved_tokens + $7 > l.limit_tokens))
    and case when limit_nano_per_minute is null then true when not $17 then false else reserved_nano + $6 + gaffer_minute_nano(runs.no) <= limit_nano_per_minute end
  returning no, last_seq - cardinality($8::text[]) as base),
scopes as (
  update ledger l set reserved_nano = l.reserved_nano + $6, reserved_tokens = l.reserved_tokens + $7
  from budget where l.run_no = budget.no and l.scope = any($16::text[])),
intent as (
  insert into journal (run_no, key, kind, state, owner, holder, intent, reserved_nano, reserved_tokens, scopes)
  select no, $2, 'model', 'intent', $3, $4::jsonb, $5::jsonb, $6, $7, $16::text[] from budget),
message as (
  insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content)
  select $10::text, no, $11::text, $12::text, $13::text, $14::integer, $2, 'user', $15::json from budget where $10::text is not null
  on conflict (id) do update set content = excluded.content, view_from = excluded.view_from),
${takenText('$19::text[]', '$20::text[]')},
left_queue as (delete from waiting_calls w using budget where w.run_no = budget.no and w.key = $2),
told as (
  insert into events (run_no, seq, key, data)
  select budget.no, budget.base + e.ordinality, e.key, e.data
  from budget, unnest($8::text[], $9::jsonb[]) with ordinality as e (key, data, ordinality))
select 1 from budget`;

/** See `Journal.commitModel` (J3). */
export async function commitModel(sql: Sql, outcome: ModelOutcome): Promise<Spent[] | null> {
  const { message } = outcome;
  const { raw } = outcome;
  const { rows } = await sql.query<SpentRow>(raw ? commitRawText : commitModelText, [
    outcome.no,
    outcome.key,
    outcome.token,
    toJsonb(outcome.result),
    outcome.cost,
    outcome.tokens,
    outcome.events.map((event) => event.key),
    outcome.events.map(toData),
    message.id,
    message.parent,
    message.root,
    message.viewFrom,
    message.depth,
    toJsonb(message.content),
    toJsonb(outcome.usage),
    outcome.context?.name ?? null,
    outcome.context?.agent ?? null,
    ...(raw ? [raw.status, JSON.stringify(raw.headers), raw.body] : []),
  ]);
  return rows.length > 0 ? rows.map(toSpent) : null;
}

const commitText = (also: string): string => `
with held as (
  select reserved_nano as nano, reserved_tokens as tokens from journal
  where run_no = $1 and key = $2 and owner = $3 and state = 'intent' for update),
done as (
  update journal set state = 'done', result = $4, holder = null, reserved_nano = 0, reserved_tokens = 0
  from held where run_no = $1 and key = $2 returning run_no, scopes, held.nano, held.tokens),
message as (
  insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content, usage, cost_nano)
  select $9, run_no, $10, $11, $12, $13, $2, 'assistant', $14::json, $15::jsonb, $5 from done),
head as (
  insert into contexts (run_no, name, agent, head) select run_no, $16::text, $17::text, $9 from done where $16::text is not null
  on conflict (run_no, name) do update set head = excluded.head, agent = excluded.agent),
bump as (
  update runs set spent_nano = spent_nano + $5, spent_tokens = spent_tokens + $6,
    reserved_nano = reserved_nano - done.nano, reserved_tokens = reserved_tokens - done.tokens, last_seq = last_seq + cardinality($7::text[])
  from done where no = done.run_no
  returning no, last_seq - cardinality($7::text[]) as base, done.scopes, done.nano, done.tokens, spent_nano, spent_tokens, limit_nano, limit_tokens, has_waiting),
nested as (
  update ledger l set spent_nano = l.spent_nano + $5, spent_tokens = l.spent_tokens + $6,
    reserved_nano = l.reserved_nano - bump.nano, reserved_tokens = l.reserved_tokens - bump.tokens
  from bump where l.run_no = bump.no and l.scope = any(bump.scopes)
  returning l.scope, l.spent_nano, l.spent_tokens, l.limit_nano, l.limit_tokens),
told as (
  insert into events (run_no, seq, key, data)
  select bump.no, bump.base + e.ordinality, e.key, e.data
  from bump, unnest($7::text[], $8::jsonb[]) with ordinality as e (key, data, ordinality))${also}
select 'run' as scope, spent_nano, spent_tokens, limit_nano, limit_tokens,
  has_waiting as waiting from bump
union all select scope, spent_nano, spent_tokens, limit_nano, limit_tokens, false from nested`;

const commitModelText = commitText('');

// An answer without a body was too long to be kept: whoever asks the same makes another call.
/* What is too long to be kept keeps its number, as its key is used up, and is asked for by nobody: the same asked again is another call. */
const commitRawText = commitText(`,
answer as (
  update gateway_calls c set state = 'done', status = $18, headers = $19::jsonb, body = $20::bytea, ended_at = now()
  from done where c.run_no = done.run_no and c.key = $2 and $20::bytea is not null),
unkept as (
  update gateway_calls c set state = 'done', content = c.content || '/' || c.key, status = $18, headers = $19::jsonb, ended_at = now()
  from done where c.run_no = done.run_no and c.key = $2 and $20::bytea is null)`);

interface SpentRow {
  scope: string;
  spent_nano: number;
  spent_tokens: number;
  limit_nano: number | null;
  limit_tokens: number | null;
  waiting: boolean;
}

function toSpent(row: SpentRow): Spent {
  return {
    scope: row.scope,
    nano: row.spent_nano,
    tokens: row.spent_tokens,
    limitNano: row.limit_nano,
    limitTokens: row.limit_tokens,
    ...(row.waiting && { hasWaiting: true }),
  };
}
