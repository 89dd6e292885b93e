import type { JsonObject } from '../domain/json.ts';
import { toData } from './events.ts';
import type { Begun, Budget, Holder, Journal, ModelIntent, ModelOutcome } from './journal.ts';
import { toJsonb } from './jsonb.ts';
import type { Sql } from './sql.ts';

/** See {@link Journal.beginModel}. */
export async function beginModel(database: Sql, intent: ModelIntent): ReturnType<Journal['beginModel']> {
  const written = await insertIntent(database, intent);
  if (written === 'written') return { state: 'fresh' };
  const taken = await takeOver(database, intent.no, intent.key, intent.holder).catch((error: unknown) => {
    // No row, although something of it was there: a budget that is spent looks different.
    if (error instanceof NoSuchRow && written === 'refused') return undefined;
    throw error;
  });
  return taken ?? { state: 'exceeded', budget: await loadBudget(database, intent.no) };
}

// J2. The run's row is locked first, so two attempts that arrive at once take turns; the later one fails on the
// journal's primary key, as its snapshot did not show the first one's row.
async function insertIntent(sql: Sql, intent: ModelIntent): Promise<'written' | 'refused' | 'conflict'> {
  const { message, holder, reserve } = intent;
  try {
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
    ]);
    return rowCount! > 0 ? 'written' : 'refused';
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return 'conflict';
    throw error;
  }
}

const insertIntentText = `
with budget as (
  update runs set reserved_nano = reserved_nano + $6, reserved_tokens = reserved_tokens + $7, last_seq = last_seq + cardinality($8::text[])
  where no = $1 and spent_nano + reserved_nano + $6 <= limit_nano
    and (limit_tokens is null or spent_tokens + reserved_tokens + $7 <= limit_tokens)
    and not exists (select 1 from journal where run_no = $1 and key = $2)
  returning no, last_seq - cardinality($8::text[]) as base),
intent as (
  insert into journal (run_no, key, kind, state, owner, holder, intent, reserved_nano, reserved_tokens)
  select no, $2, 'model', 'intent', $3, $4::jsonb, $5::jsonb, $6, $7 from budget),
message as (
  insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content)
  select $10::text, no, $11::text, $12::text, $13::text, $14::integer, $2, 'user', $15::json from budget where $10::text is not null
  on conflict do nothing)
insert into events (run_no, seq, key, data)
select budget.no, budget.base + e.ordinality, e.key, e.data
from budget, unnest($8::text[], $9::jsonb[]) with ordinality as e (key, data, ordinality)`;

/** See {@link Journal.commitModel} (J3). */
export async function commitModel(sql: Sql, outcome: ModelOutcome): Promise<boolean> {
  const { message, reserved } = outcome;
  const { rowCount } = await sql.query(commitModelText, [
    outcome.no,
    outcome.key,
    outcome.token,
    toJsonb(outcome.result),
    outcome.cost,
    outcome.tokens,
    reserved.nano,
    reserved.tokens,
    outcome.events.map((event) => event.key),
    outcome.events.map(toData),
    message.id,
    message.parent,
    message.root,
    message.viewFrom,
    message.depth,
    toJsonb(message.content),
    toJsonb(outcome.usage),
    outcome.context.name,
    outcome.context.agent,
  ]);
  return rowCount! > 0;
}

const commitModelText = `
with done as (
  update journal set state = 'done', result = $4, holder = null, reserved_nano = 0, reserved_tokens = 0
  where run_no = $1 and key = $2 and owner = $3 and state = 'intent' returning run_no),
message as (
  insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content, usage, cost_nano)
  select $11, run_no, $12, $13, $14, $15, $2, 'assistant', $16::json, $17::jsonb, $5 from done),
head as (
  insert into contexts (run_no, name, agent, head) select run_no, $18, $19, $11 from done
  on conflict (run_no, name) do update set head = excluded.head, agent = excluded.agent),
bump as (
  update runs set spent_nano = spent_nano + $5, spent_tokens = spent_tokens + $6,
    reserved_nano = reserved_nano - $7, reserved_tokens = reserved_tokens - $8, last_seq = last_seq + cardinality($9::text[])
  where no in (select run_no from done) returning no, last_seq - cardinality($9::text[]) as base)
insert into events (run_no, seq, key, data)
select bump.no, bump.base + e.ordinality, e.key, e.data
from bump, unnest($9::text[], $10::jsonb[]) with ordinality as e (key, data, ordinality)`;

class NoSuchRow extends Error {}

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

async function loadBudget(sql: Sql, no: number): Promise<Budget> {
  const { rows } = await sql.query<{
    spent_nano: number;
    reserved_nano: number;
    limit_nano: number;
    spent_tokens: number;
    reserved_tokens: number;
    limit_tokens: number | null;
  }>(
    'select spent_nano, reserved_nano, limit_nano, spent_tokens, reserved_tokens, limit_tokens from runs where no = $1',
    [no],
  );
  const row = rows[0]!;
  return {
    spentNano: row.spent_nano,
    reservedNano: row.reserved_nano,
    limitNano: row.limit_nano,
    spentTokens: row.spent_tokens,
    reservedTokens: row.reserved_tokens,
    limitTokens: row.limit_tokens,
  };
}
