/*
 * Calls of agents that pass the gateway, by what they ask:
 * C1 Within an attempt a call is made once: whoever asks the same gets its answer, or is told who is making it.
 * C2 A call belongs to one gateway. One that is dead has lost it (gateways.ts), and whoever comes next takes it over.
 * C3 The answer is written with what it cost, in one statement (journal/model-calls.ts), and never without.
 * C4 A call of our own loop was reserved by its worker, who settles it, too: here is its answer alone. It is known by its key in the journal,
 *    and used up when the worker has billed it as broken: it could not be read. What the journal has not begun and reserved, in a run that goes
 *    on, is nobody's to make; a run that has ended may be undone.
 */
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { isUndoing } from '../../domain/ids/worker-id.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ReachedLimit } from '../../domain/money/reached-limit.ts';
import type { Sql } from '../database/sql.ts';
import type { Holder } from './gateways.ts';
import { type AttemptOf, attemptScope, hashOfToken, isGoodText } from './tokens.ts';

/** An answer as a provider gave it. */
export interface RawAnswer {
  status: number;
  /** Those that are passed on. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** A call that is somebody's to make. */
export interface ClaimedCall {
  no: number;
  key: string;
  /** Number of the call within its attempt, from 1. */
  turn: number;
  /** Who makes it: the journal's owner. */
  owner: string;
}

/** Where a call stands for who wants to make it. */
export type Claim =
  /** Its token is good for nothing, or for nothing any more. */
  | { state: 'void' }
  /** The run is paused: nothing begins. */
  | { state: 'paused' }
  | { state: 'stored'; answer: RawAnswer }
  /** Another gateway that lives makes it. */
  | ({ state: 'elsewhere' } & Holder)
  /** `lost`: the owner before, who is dead; null: nobody had it. */
  | { state: 'mine'; call: ClaimedCall; lost: string | null };

/** Who asks, by the hash of a token, and as whom a call would be made. */
export interface Claimant {
  tokenHash: Buffer;
  gateway: string;
  owner: string;
}

/** Claims a call of an attempt (C1, C2). The token is looked at in the same statement. */
export async function claimCall(
  sql: Sql,
  who: Claimant,
  { of, content }: { of: AttemptOf; content: string },
): Promise<Claim> {
  const attempt = attemptScope(of);
  const beginning = `${toAttemptId(of.taskId, of.attempt)}/`;
  const values = [who.tokenHash, attempt, content, who.gateway, who.owner, beginning, `/${of.epoch}`];
  // Two calls that begin at once want the same number: the later one comes again.
  for (;;) {
    const { rows } = await sql.query<ClaimRow>(claimText, values);
    const claim = toClaim(rows[0], who.owner);
    if (claim) return claim;
  }
}

/** Claims the answer of a call that a worker has reserved (C4). `key`: the journal's. */
export async function claimOwnCall(
  sql: Sql,
  who: Claimant,
  { runKey, key }: { runKey: string; key: string },
): Promise<Claim> {
  const values = [who.tokenHash, runKey, key, who.gateway, who.owner, isUndoing(key)];
  for (;;) {
    const { rows } = await sql.query<ClaimRow>(claimOwnText, values);
    const claim = toClaim(rows[0], who.owner);
    if (claim) return claim;
  }
}

/** Keeps the answer of a call that its worker settles (C4). @returns whether the call was still ours */
export async function keepOwnAnswer(
  sql: Sql,
  { no, key, owner }: ClaimedCall,
  { status, headers, body }: RawAnswer,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update gateway_calls set state = 'done', status = $4, headers = $5::jsonb, body = $6, ended_at = now()
     where run_no = $1 and key = $2 and owner = $3 and state = 'open'`,
    [no, key, owner, status, JSON.stringify(headers), body],
  );
  return rowCount === 1;
}

/** Forgets a call of which nothing came that could be kept; it waits for no money any more, either. */
export async function forgetCall(sql: Sql, { no, key, owner }: ClaimedCall): Promise<void> {
  await sql.query(
    `with gone as (delete from gateway_calls where run_no = $1 and key = $2 and owner = $3 and state = 'open' returning run_no, key)
     delete from waiting_calls w using gone where w.run_no = gone.run_no and w.key = gone.key`,
    [no, key, owner],
  );
}

/** Forgets an answer that is settled otherwise. */
export async function forgetAnswer(sql: Sql, no: number, key: string): Promise<void> {
  await sql.query(`delete from gateway_calls where run_no = $1 and key = $2 and state = 'done'`, [no, key]);
}

/** Why calls of an attempt do not go through, for whoever has to tell it. */
export type CallRefusal =
  | { kind: 'budget'; limit: ReachedLimit; text: string }
  /** Every further call would be refused, too. */
  | { kind: 'provider'; status: number | null; message: string }
  | { kind: 'cancelled' }
  /** Its provider asked to be left alone until then (ISO 8601), which is too long to wait for on the line. */
  | { kind: 'later'; message: string; until: string };

/** Notes that a call was not made, or in vain, and why. It may be asked for again. */
export async function refuseCall(sql: Sql, { no, key, owner }: ClaimedCall, refusal: CallRefusal): Promise<void> {
  await sql.query(
    `with refused as (
       update gateway_calls set state = 'refused', refusal = $4::jsonb, ended_at = now()
       where run_no = $1 and key = $2 and owner = $3 and state = 'open' returning run_no, key)
     delete from waiting_calls w using refused where w.run_no = refused.run_no and w.key = refused.key`,
    [no, key, owner, JSON.stringify(refusal)],
  );
}

/** The latest call of an attempt that was refused since its session has its token, and why; null: none was, or others went through behind it. */
export async function findRefusal(sql: Sql, attempt: AttemptOf, token: string): Promise<CallRefusal | null> {
  const { rows } = await sql.query<{ refusal: CallRefusal }>(
    `select c.refusal from gateway_calls c join gateway_tokens t on t.token_hash = $3
     where c.run_no = $1 and c.attempt = $2 and c.state = 'refused' and c.ended_at >= t.issued_at and not exists (
       select 1 from gateway_calls d where d.run_no = $1 and d.attempt = $2 and d.state = 'done' and d.begun_at > c.ended_at)
     order by c.ended_at desc limit 1`,
    [attempt.no, attemptScope(attempt), hashOfToken(token)],
  );
  return rows[0]?.refusal ?? null;
}

/** Whether calls of a run are under way, or answered and not yet billed by a worker who may still come. */
export async function hasOpenCalls(sql: Sql, no: number): Promise<boolean> {
  const { rows } = await sql.query(
    `select 1 from gateway_calls c where c.run_no = $1 and (c.state = 'open' or (c.attempt = '' and c.state = 'done' and exists (
       select 1 from journal j where j.run_no = c.run_no and j.key = c.key and j.state = 'intent') and not ${usedText})) limit 1`,
    [no],
  );
  return rows.length > 0;
}

/** A call that a dead gateway had under way. */
export interface LostCall {
  call: ClaimedCall;
  runKey: string;
  /** What the journal has of its intent. */
  intent: JsonObject;
  reservedTokens: number;
}

/** Calls that dead gateways had under way (C2): at most `limit`, each now ours. Those of our own loop are their workers' to settle, and forgotten. */
export async function takeLostCalls(sql: Sql, gateway: string, limit: number): Promise<LostCall[]> {
  const { rows } = await sql.query<LostRow>(takeLostText, [gateway, limit]);
  return rows.map(({ no, key, turn, owner, runKey, intent, tokens }) => ({
    ...{ call: { no, key, turn, owner }, runKey, intent: intent ?? {}, reservedTokens: tokens ?? 0 },
  }));
}

/** What the journal has of a call's intent; undefined: it had not begun, or has ended. */
export async function findLostIntent(
  sql: Sql,
  { no, key, owner }: ClaimedCall,
): Promise<Pick<LostCall, 'intent' | 'reservedTokens'> | undefined> {
  const { rows } = await sql.query<Pick<LostCall, 'intent' | 'reservedTokens'>>(
    `select intent, reserved_tokens as "reservedTokens" from journal where run_no = $1 and key = $2 and owner = $3 and state = 'intent'`,
    [no, key, owner],
  );
  return rows[0];
}

interface ClaimRow {
  no: number;
  isPaused: boolean;
  state: 'fresh' | 'taken' | 'done' | 'open' | null;
  key: string | null;
  turn: number | null;
  lost: string | null;
  status: number | null;
  headers: Record<string, string> | null;
  body: Buffer | null;
  socket: string | null;
  url: string | null;
  host: string | null;
  gateway: string | null;
}

function toHolder({ gateway, socket, url, host }: ClaimRow): Holder {
  return { gateway: gateway!, socket, url, host };
}

function toClaim(row: ClaimRow | undefined, owner: string): Claim | undefined {
  if (!row) return { state: 'void' };
  const { no, key, turn } = row;
  switch (row.state) {
    case 'done':
      return { state: 'stored', answer: { status: row.status!, headers: row.headers!, body: row.body! } };
    case 'open':
      return { state: 'elsewhere', ...toHolder(row) };
    case 'fresh':
    case 'taken':
      // Its own: the word of a claim that was made was lost on the way.
      return { state: 'mine', call: { no, key: key!, turn: turn!, owner }, lost: row.lost === owner ? null : row.lost };
    case null:
      return row.isPaused ? { state: 'paused' } : undefined;
  }
}

/** Condition: the answer `c` of our own loop is used up (C4). */
const usedText = `exists (
    select 1 from messages m where m.run_no = c.run_no and m.call_key = c.key and m.depth = 0 and m.created_at >= c.ended_at)`;

/** Calls that may be taken over from who had them; `k`: the call, $4 gateway. */
const isFree = `(k.state = 'refused' or (k.state = 'open' and not exists (
  select 1 from gateways g where g.id = k.gateway and g.id <> $4)))`;

/** What every claim ends with: who may, what is known, and what became of it. */
const foundText = `
select g.no, g.paused as "isPaused",
  case when f.key is not null then 'fresh' when t.key is not null then 'taken' when k.state in ('done', 'open') then k.state end as state,
  coalesce(f.key, t.key) as key, coalesce(f.turn, t.turn) as turn,
  case when t.key is not null and k.state = 'open' then k.owner end as lost,
  k.status, k.headers, k.body, k.gateway, w.socket, w.url, w.host
from granted g left join known k on true left join fresh f on true left join taken t on true left join gateways w on w.id = k.gateway`;

const takenColumns = `state = 'open', gateway = $4, owner = $5, refusal = null, status = null, headers = null, body = null, begun_at = now(), ended_at = null`;

const claimText = `
with granted as (
  select r.no, r.status in ('pausing', 'paused') as paused from gateway_tokens t join runs r on r.no = t.run_no
  where t.token_hash = $1 and t.ended_at is null and r.ended_at is null),
known as (
  select c.state, c.owner, c.gateway, c.status, c.headers, c.body from gateway_calls c join granted g on c.run_no = g.no
  where c.attempt = $2 and c.content = $3),
fresh as (
  insert into gateway_calls (run_no, attempt, content, turn, key, state, gateway, owner)
  select g.no, $2, $3, n.turn, $6::text || n.turn || $7::text, 'open', $4, $5 from granted g, lateral (
    select coalesce(max(turn), 0) + 1 as turn from gateway_calls where run_no = g.no and attempt = $2) n
  where not g.paused and not exists (select 1 from known) on conflict do nothing returning key, turn),
taken as (
  update gateway_calls c set ${takenColumns} from granted g, known k
  where not g.paused and c.run_no = g.no and c.attempt = $2 and c.content = $3 and c.owner = k.owner and c.state = k.state and ${isFree}
  returning c.key, c.turn)
${foundText}`;

const claimOwnText = `
with granted as (
  select r.no, false as paused from gateway_tokens t, runs r
  where t.token_hash = $1 and t.worker is not null and ${isGoodText} and r.run_key = $2 and (r.ended_at is null or $6) and exists (
    select 1 from journal j where j.run_no = r.no and j.key = $3 and j.kind = 'model' and j.state = 'intent' and j.reserved_tokens > 0)),
known as (
  select c.state, c.owner, c.gateway, c.status, c.headers, c.body, c.state = 'done' and ${usedText} as used
  from gateway_calls c join granted g on c.run_no = g.no where c.attempt = '' and c.content = $3),
fresh as (
  insert into gateway_calls (run_no, attempt, content, turn, key, state, gateway, owner)
  select g.no, '', $3, 0, $3, 'open', $4, $5 from granted g where not exists (select 1 from known) on conflict do nothing returning key, turn),
taken as (
  update gateway_calls c set ${takenColumns} from granted g, known k
  where c.run_no = g.no and c.attempt = '' and c.content = $3 and c.owner = k.owner and c.state = k.state and (k.used or ${isFree})
  returning c.key, c.turn)
${foundText}`;

interface LostRow {
  no: number;
  key: string;
  turn: number;
  owner: string;
  attempt: string;
  runKey: string;
  intent: JsonObject | null;
  tokens: number | null;
}

const takeLostText = `
with lost as (
  select c.run_no, c.key, c.attempt from gateway_calls c
  where c.state = 'open' and c.gateway <> $1 and not exists (select 1 from gateways g where g.id = c.gateway)
  order by c.begun_at limit $2 for update skip locked),
own as (delete from gateway_calls c using lost where c.run_no = lost.run_no and c.key = lost.key and lost.attempt = ''),
taken as (
  update gateway_calls c set gateway = $1 from lost where c.run_no = lost.run_no and c.key = lost.key and lost.attempt <> ''
  returning c.run_no, c.key, c.turn, c.owner)
select t.run_no as no, t.key, t.turn, t.owner, r.run_key as "runKey", j.intent, j.reserved_tokens as tokens
from taken t join runs r on r.no = t.run_no left join journal j on j.run_no = t.run_no and j.key = t.key and j.state = 'intent'`;
