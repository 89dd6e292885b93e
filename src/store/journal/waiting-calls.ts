/*
 * Held back is not spent (J7): a call that would fit if nothing were held back waits for its turn.
 *
 * Q1 Who came first goes first: a call waits behind every earlier one that waits for a limit to which it counts as well.
 * Q2 Who waits holds nothing back, so no two calls wait for each other. A place is kept for as long as its call asks again in time.
 * Q3 When something is given back, those that fit now are called up, in their order. Who was called up goes first for a moment, and does
 *    not wait for others that were called up with it: they were counted together.
 */
import { isUndoing } from '../../domain/ids/worker-id.ts';
import type { ModelIntent } from './entry.ts';
import type { Sql } from '../database/sql.ts';
import { notCancelledText } from './take-over.ts';

/** How long a call may rest before it asks again by itself, and how long its place is kept beyond that; in ms. */
export const restMs = 30_000;
const graceMs = 30_000;
/** So many at once are called up. */
const mostCalled = 50;

/** A call counts to these as well, whatever the plan says. */
const ofRun = ['run', 'speed'];

const isRecent = (column: string): string => `${column} > statement_timestamp() - interval '10 seconds'`;

/** Condition: call $2 of run $1, which counts to the limits in `counts`, a text[], waits behind nobody (Q1, Q3). */
export const isNextText = (counts: string): string => `not exists (
  select 1 from waiting_calls w where w.run_no = $1 and w.key <> $2 and w.keeps_until > statement_timestamp()
    and w.blocked && (${counts} || '{${ofRun.join()}}'::text[])
    and not exists (select 1 from waiting_calls own where own.run_no = $1 and own.key = $2
      and (own.place < w.place or (${isRecent('own.called_at')} and ${isRecent('w.called_at')}))))`;

/** Limits that are in the way of those who wait before a call. */
export async function blockedAhead(sql: Sql, { no, key, scopes = [] }: ModelIntent): Promise<string[]> {
  const { rows } = await sql.query<{ scope: string }>(
    `select distinct unnest(w.blocked) as scope from waiting_calls w
     where w.run_no = $1 and w.key <> $2 and w.keeps_until > statement_timestamp()
       and w.place < coalesce((select place from waiting_calls own where own.run_no = $1 and own.key = $2), 9223372036854775807)`,
    [no, key],
  );
  const counts = [...scopes.map(({ scope }) => scope), ...ofRun];
  return rows.map(({ scope }) => scope).filter((scope) => counts.includes(scope));
}

/** Takes a place for a call, or keeps the one that it has. Whoever has begun, or may not begin, gets none. */
export async function takePlace(
  sql: Sql,
  { no, key, holder, reserve, scopes = [] }: ModelIntent,
  blocked: readonly string[],
): Promise<void> {
  await sql.query(
    `with flag as (update runs set has_waiting = true where no = $1 and not has_waiting)
     insert into waiting_calls (run_no, key, counts, blocked, nano, tokens, workflow_id, keeps_until)
     select $1, $2, $3::text[], $4::text[], $5, $6, $7, statement_timestamp() + make_interval(secs => $8)
     where ($9 or ${notCancelledText}) and not exists (select 1 from journal where run_no = $1 and key = $2)
     on conflict (run_no, key) do update set counts = excluded.counts, blocked = excluded.blocked, nano = excluded.nano,
       tokens = excluded.tokens, workflow_id = excluded.workflow_id, keeps_until = excluded.keeps_until, called_at = null`,
    [
      ...[no, key, [...scopes.map(({ scope }) => scope), ...ofRun], blocked],
      ...[reserve.nano, reserve.tokens, holder.workflowId, (restMs + graceMs) / 1000, isUndoing(key)],
    ],
  );
}

/** A waiting call that fits now, and the workflow in which it waits. */
export interface CalledUp {
  key: string;
  workflowId: string;
}

/** Calls that wait for their turn. Money in nano-USD; `blocked`: limits that are in their way; `keys`: of at most ten. */
export interface WaitingCalls {
  count: number;
  nano: number;
  heldNano: number;
  blocked: string[];
  keys: string[];
}

/** What of a run waits for its turn now; null: nothing. */
export async function findWaitingCalls(sql: Sql, runKey: string): Promise<WaitingCalls | null> {
  const { rows } = await sql.query<WaitingCalls>(
    `select count(*) as count, sum(w.nano)::bigint as nano, max(r.reserved_nano) as "heldNano",
       array(select distinct unnest(b.blocked) from waiting_calls b where b.run_no = r.no order by 1) as blocked,
       (array_agg(w.key order by w.place))[:10] as keys
     from runs r join waiting_calls w on w.run_no = r.no
     where r.run_key = $1 and w.keeps_until > statement_timestamp() group by r.no`,
    [runKey],
  );
  return rows[0] ?? null;
}

interface Waiting {
  key: string;
  counts: string[];
  nano: number;
  tokens: number;
}

interface Room {
  scope: string;
  limit_nano: number | null;
  limit_tokens: number | null;
  spent_nano: number;
  spent_tokens: number;
  reserved_nano: number;
  reserved_tokens: number;
}

/** Calls up those who fit now (Q3), and those who never will, so that they hear of it. Nobody is called twice within two seconds. */
export async function callUp(sql: Sql, no: number): Promise<CalledUp[]> {
  const waiting = await sql.query<Waiting>(
    `select key, counts, nano, tokens from waiting_calls
     where run_no = $1 and keeps_until > statement_timestamp() order by place limit 500`,
    [no],
  );
  if (waiting.rows.length === 0) return [];
  const columns = 'limit_nano, limit_tokens, spent_nano, spent_tokens, reserved_nano, reserved_tokens';
  const rooms = await sql.query<Room>(
    `select 'run' as scope, ${columns} from runs where no = $1 union all select scope, ${columns} from ledger where run_no = $1`,
    [no],
  );
  const keys = whoFits(waiting.rows, rooms.rows);
  if (keys.length === 0) return [];
  const { rows } = await sql.query<CalledUp>(
    `update waiting_calls set called_at = statement_timestamp()
     where run_no = $1 and key = any($2) and (called_at is null or called_at < statement_timestamp() - interval '2 seconds')
     returning key, workflow_id as "workflowId"`,
    [no, keys],
  );
  return rows.toSorted((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));
}

function whoFits(waiting: readonly Waiting[], rooms: Room[]): string[] {
  const byScope = new Map(rooms.map((room) => [room.scope, { ...room }]));
  const closed = new Set<string>();
  const keys: string[] = [];
  for (const { key, counts, nano, tokens } of waiting) {
    if (keys.length >= mostCalled || closed.has('run')) break;
    if (counts.some((scope) => closed.has(scope))) continue;
    const own = counts.flatMap((scope) => byScope.get(scope) ?? []);
    const isOver = own.some((room) => lacks(room, { nano, tokens }, false));
    const full = isOver ? [] : own.filter((room) => lacks(room, { nano, tokens }, true));
    for (const { scope } of full) closed.add(scope);
    if (full.length > 0) continue;
    keys.push(key);
    if (isOver) continue;
    for (const room of own) {
      room.reserved_nano += nano;
      room.reserved_tokens += tokens;
    }
  }
  return keys;
}

function lacks(room: Room, asked: { nano: number; tokens: number }, countsHeld: boolean): boolean {
  const nano = room.spent_nano + asked.nano + (countsHeld ? room.reserved_nano : 0);
  const tokens = room.spent_tokens + asked.tokens + (countsHeld ? room.reserved_tokens : 0);
  return nano > (room.limit_nano ?? Infinity) || tokens > (room.limit_tokens ?? Infinity);
}

/** Ends the waiting of attempts, and gives back what their calls still hold: nobody works on those any more. `prefixes`: of their keys. */
export async function releaseAttempts(sql: Sql, no: number, prefixes: readonly string[]): Promise<void> {
  await sql.query(
    `with gone as (
       select key, reserved_nano, reserved_tokens, scopes from journal j
       where run_no = $1 and state = 'intent' and reserved_nano + reserved_tokens > 0
         and exists (select 1 from unnest($2::text[]) as p (prefix) where starts_with(j.key, p.prefix))
       for update),
     freed as (update journal j set reserved_nano = 0, reserved_tokens = 0 from gone where j.run_no = $1 and j.key = gone.key),
     left_queue as (delete from waiting_calls w where w.run_no = $1
       and exists (select 1 from unnest($2::text[]) as p (prefix) where starts_with(w.key, p.prefix))),
     nested as (
       update ledger l set reserved_nano = l.reserved_nano - s.nano, reserved_tokens = l.reserved_tokens - s.tokens
       from (select scope, sum(reserved_nano) as nano, sum(reserved_tokens) as tokens
             from gone, unnest(gone.scopes) as u (scope) group by scope) as s
       where l.run_no = $1 and l.scope = s.scope)
     update runs set reserved_nano = reserved_nano - s.nano, reserved_tokens = reserved_tokens - s.tokens
     from (select sum(reserved_nano) as nano, sum(reserved_tokens) as tokens from gone having count(*) > 0) as s where no = $1`,
    [no, prefixes],
  );
}
