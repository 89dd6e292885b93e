/* H1, H3, H4, H5, H6: see state-book.ts. */
import type { Sql } from '../database/sql.ts';
import type { LockWish } from './lock-queue.ts';
import { enqueue, findPlace, leaveQueue, lockWakeKey, refuseTooMany } from './lock-queue.ts';
import type { StateActor } from './state-book.ts';
import { lockBook, openBook, StateError } from './state-book.ts';

/** A lock that somebody holds. Times are ISO 8601. */
export interface StateLock {
  key: string;
  token: number;
  /** The execution of a task that holds it, in which attempt, and what its context is called. */
  task: string;
  attempt: number;
  by: string;
  since: string;
  /** Until then, unless it says more. */
  expiresAt: string;
  /** Who waits for it, in their order. */
  waiting: { task: string; by: string }[];
}

/** What came of a wish: the lock, or a place in the row before it. */
export type LockAnswer =
  | { kind: 'held'; token: number; leaseMs: number }
  /** `waitMs`: so long, at most, until the wish is to be told again; `wake`: the key that wakes it before. */
  | { kind: 'waits'; wake: string; waitMs: number; holder: string }
  | { kind: 'refused'; why: string };

interface Held {
  token: number;
  task: string;
  attempt: number;
  actor: string;
  is_over: boolean;
  left_ms: number;
}

/**
 * Takes a lock, holds one on that is the actor's, or waits for it (H5). Telling the same wish again keeps the place.
 *
 * It is refused when it is held and not waited for, the time to wait is over, or it is part of a ring (H6).
 *
 * @returns with keys to wake: others that it found a free lock for, or a ring with
 * @throws StateError when the actor is over, or has too many
 */
export async function takeLock(sql: Sql, actor: StateActor, wish: LockWish): Promise<LockAnswer & { wakes: string[] }> {
  const { no } = await openBook(sql, actor);
  const { key, leaseMs } = wish;
  const own = lockWakeKey(key, actor);
  const wakes = (await settle(sql, no, key)).filter((one) => one !== own);
  const held = await findHeld(sql, no, key);
  if (held && isOf(held, actor)) {
    await prolong(sql, no, { key, leaseMs });
    return { kind: 'held', token: held.token, leaseMs, wakes };
  }
  const place = await findPlace(sql, no, { key, actor });
  if (!place) await refuseTooMany(sql, no, actor);
  if (!held) {
    // Its time to wait may be over just now: a place that stays would end its next wait before it begins.
    if (place) await leaveQueue(sql, no, { key, actor });
    return { kind: 'held', token: await give(sql, no, { key, leaseMs, to: actor }), leaseMs, wakes };
  }
  const refusal = place ? null : await enqueue(sql, no, { actor, wish, holder: held.actor });
  if (refusal) return { kind: 'refused', why: refusal.why, wakes: [...wakes, ...refusal.wakes] };
  if (place?.ring || place?.is_over) {
    await leaveQueue(sql, no, { key, actor });
    const why = place.ring ?? `no lock: "${key}" is still held by ${held.actor}, and the time to wait is over`;
    return { kind: 'refused', why, wakes };
  }
  const left = Math.min(held.left_ms, place?.left_ms ?? wish.waitMs);
  return { kind: 'waits', wake: own, waitMs: Math.max(1, left), holder: held.actor, wakes };
}

/** Gives a lock back. @returns keys to wake @throws StateError when it is not the actor's any more */
export async function releaseLock(sql: Sql, actor: StateActor, key: string): Promise<string[]> {
  const { no } = await openBook(sql, actor);
  const held = await findHeld(sql, no, key);
  if (!held || !isOf(held, actor)) throw new StateError(`there is nothing to release: you hold no lock on "${key}"`);
  await sql.query('delete from state_locks where run_no = $1 and key = $2', [no, key]);
  return settle(sql, no, key);
}

/** Lets go of everything that attempts held or waited for, as they are over (H3); `attempt` null: all of that task. @returns keys to wake */
export async function fallLocks(
  sql: Sql,
  no: number,
  ended: readonly { taskId: string; attempt: number | null }[],
): Promise<string[]> {
  if (ended.length === 0 || !(await lockBook(sql, no))) return [];
  const values = [no, ended.map(({ taskId }) => taskId), ended.map(({ attempt }) => attempt)];
  const isEnded = (row: string): string => `exists (select 1 from unnest($2::text[], $3::int[]) as e (task, attempt)
    where e.task = ${row}.task and ${row}.attempt = coalesce(e.attempt, ${row}.attempt))`;
  await sql.query(`delete from state_lock_queue q where run_no = $1 and ${isEnded('q')}`, values);
  const { rows } = await sql.query<{ key: string }>(
    `delete from state_locks l where run_no = $1 and ${isEnded('l')} returning key`,
    values,
  );
  const wakes: string[] = [];
  for (const { key } of rows) wakes.push(...(await settle(sql, no, key)));
  return wakes;
}

/** Lets nobody write a key that somebody else has locked. */
export async function refuseLocked(
  sql: Sql,
  no: number,
  { actor, key }: { actor: StateActor; key: string },
): Promise<void> {
  const held = await findHeld(sql, no, key);
  if (!held || held.is_over || isOf(held, actor)) return;
  throw new StateError(
    `not written: "${key}" is locked by ${held.actor}. Take the lock first: you get it when it is free`,
  );
}

/** Lets nobody write under a lock that has fallen, or is not theirs (H4). */
export async function checkToken(
  sql: Sql,
  no: number,
  { actor, token }: { actor: StateActor; token: number },
): Promise<void> {
  const { rows } = await sql.query(
    `select 1 from state_locks where run_no = $1 and token = $2 and task = $3 and attempt = $4 and expires_at > statement_timestamp()`,
    [no, token, actor.taskId, actor.attempt],
  );
  if (rows.length > 0) return;
  throw new StateError(
    `not written: the token ${token} is stale: its lock has fallen, or is not yours. Take the lock, and read again what it guards`,
  );
}

// H5. Of a lock that is over or free the first who waits becomes the holder.
async function settle(sql: Sql, no: number, key: string): Promise<string[]> {
  const held = await findHeld(sql, no, key);
  if (held && !held.is_over) return [];
  if (held) await sql.query('delete from state_locks where run_no = $1 and key = $2', [no, key]);
  const { rows } = await sql.query<{ task: string; attempt: number; actor: string; lease_ms: number }>(
    `with next as (select place from state_lock_queue where run_no = $1 and key = $2 and waits_until > statement_timestamp() order by place limit 1)
     delete from state_lock_queue q using next where q.run_no = $1 and q.key = $2 and q.place = next.place
     returning q.task, q.attempt, q.actor, q.lease_ms`,
    [no, key],
  );
  const next = rows[0];
  if (!next) return [];
  const to = { taskId: next.task, attempt: next.attempt, name: next.actor };
  await give(sql, no, { key, leaseMs: next.lease_ms, to });
  return [lockWakeKey(key, to)];
}

type Holder = Omit<StateActor, 'no'>;

async function give(sql: Sql, no: number, { key, leaseMs, to }: { key: string; leaseMs: number; to: Holder }) {
  const { rows } = await sql.query<{ token: number }>(
    `with book as (update state_books set last_token = last_token + 1 where run_no = $1 returning last_token)
     insert into state_locks (run_no, key, token, task, attempt, actor, expires_at)
     select $1, $2, last_token, $3, $4, $5, statement_timestamp() + make_interval(secs => $6) from book returning token`,
    [no, key, to.taskId, to.attempt, to.name, leaseMs / 1000],
  );
  return rows[0]!.token;
}

async function prolong(sql: Sql, no: number, { key, leaseMs }: { key: string; leaseMs: number }): Promise<void> {
  await sql.query(
    `update state_locks set expires_at = greatest(expires_at, statement_timestamp() + make_interval(secs => $3))
     where run_no = $1 and key = $2`,
    [no, key, leaseMs / 1000],
  );
}

async function findHeld(sql: Sql, no: number, key: string): Promise<Held | undefined> {
  const { rows } = await sql.query<Held>(
    `select token, task, attempt, actor, expires_at <= statement_timestamp() as is_over,
       ceil(extract(epoch from expires_at - statement_timestamp()) * 1000)::int as left_ms
     from state_locks where run_no = $1 and key = $2`,
    [no, key],
  );
  return rows[0];
}

function isOf({ task, attempt }: Held, actor: StateActor): boolean {
  return task === actor.taskId && attempt === actor.attempt;
}

/** The locks of a run that are held, with who waits for them. */
export async function listLocks(sql: Sql, no: number): Promise<StateLock[]> {
  const { rows } = await sql.query<Omit<StateLock, 'since' | 'expiresAt'> & { since: Date; expires: Date }>(
    `select l.key, l.token, l.task, l.attempt, l.actor as "by", l.since, l.expires_at as expires, coalesce(
       (select json_agg(json_build_object('task', q.task, 'by', q.actor) order by q.place) from state_lock_queue q
        where q.run_no = l.run_no and q.key = l.key and q.waits_until > statement_timestamp()), '[]') as waiting
     from state_locks l where l.run_no = $1 and l.expires_at > statement_timestamp() order by l.key`,
    [no],
  );
  return rows.map(({ since, expires, ...row }) => ({
    ...row,
    since: since.toISOString(),
    expiresAt: expires.toISOString(),
  }));
}
