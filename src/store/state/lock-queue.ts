/* H5, H6: see state-book.ts. */
import { stateBounds } from '../../domain/state/state-bounds.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { Sql } from '../database/sql.ts';
import type { LockWait } from './lock-ring.ts';
import { ringOf, ringWords } from './lock-ring.ts';
import type { StateActor } from './state-book.ts';
import { StateError } from './state-book.ts';

/** A lock that is wanted. Times are in ms. */
export interface LockWish {
  key: string;
  leaseMs: number;
  /** How long it is waited for in all; 0: not at all. */
  waitMs: number;
}

/** What a waiter is woken by: who gets the lock, and nobody else. */
export function lockWakeKey(key: string, { taskId, attempt }: Pick<StateActor, 'taskId' | 'attempt'>): string {
  return wakeKeyOf(key, toAttemptId(taskId, attempt));
}

function wakeKeyOf(key: string, attemptId: string): string {
  return `lock/${key}/${attemptId}`;
}

/** A place in the row before a lock. */
interface Place {
  /** The ring that it turned out to wait in; null: none. */
  ring: string | null;
  is_over: boolean;
  left_ms: number;
}

/** The place that an actor has. */
export async function findPlace(
  sql: Sql,
  no: number,
  { key, actor }: { key: string; actor: StateActor },
): Promise<Place | undefined> {
  const { rows } = await sql.query<Place>(
    `select ring, waits_until <= statement_timestamp() as is_over,
       ceil(extract(epoch from waits_until - statement_timestamp()) * 1000)::int as left_ms
     from state_lock_queue where run_no = $1 and key = $2 and task = $3 and attempt = $4`,
    [no, key, actor.taskId, actor.attempt],
  );
  return rows[0];
}

/** Why somebody gets no lock, and who is to be woken to hear of it as well. */
export interface LockRefusal {
  why: string;
  wakes: string[];
}

/** Takes a place behind all others. @returns why not, when it is not waited for, or would close a ring (H6); null: it has one */
export async function enqueue(
  sql: Sql,
  no: number,
  { actor, wish, holder }: { actor: StateActor; wish: LockWish; holder: string },
): Promise<LockRefusal | null> {
  const { key, waitMs, leaseMs } = wish;
  if (waitMs === 0) return { why: `no lock: "${key}" is held by ${holder}`, wakes: [] };
  const ring = await findRing(sql, no, { actor, key });
  if (ring !== null) return tellRing(sql, no, ring);
  await sql.query(
    `insert into state_lock_queue (run_no, key, task, attempt, actor, lease_ms, waits_until)
     values ($1, $2, $3, $4, $5, $6, statement_timestamp() + make_interval(secs => $7))`,
    [no, key, actor.taskId, actor.attempt, actor.name, leaseMs, waitMs / 1000],
  );
  return null;
}

/** Gives a place up. */
export async function leaveQueue(
  sql: Sql,
  no: number,
  { key, actor }: { key: string; actor: StateActor },
): Promise<void> {
  await sql.query('delete from state_lock_queue where run_no = $1 and key = $2 and task = $3 and attempt = $4', [
    ...[no, key, actor.taskId, actor.attempt],
  ]);
}

/** Lets nobody take the whole run's locks. */
export async function refuseTooMany(sql: Sql, no: number, { taskId, attempt }: StateActor): Promise<void> {
  const { rows } = await sql.query<{ count: number }>(
    `select (select count(*) from state_locks where run_no = $1 and task = $2 and attempt = $3)
          + (select count(*) from state_lock_queue where run_no = $1 and task = $2 and attempt = $3) as count`,
    [no, taskId, attempt],
  );
  if (rows[0]!.count < stateBounds.locksPerAttempt) return;
  throw new StateError(`no lock: you hold or wait for ${rows[0]!.count}, as many as you may. Release one first`);
}

interface Standing {
  key: string;
  id: string;
  task: string;
  attempt: number;
  name: string;
  holds: boolean;
}

async function findRing(sql: Sql, no: number, { actor, key }: { actor: StateActor; key: string }) {
  const { rows } = await sql.query<Standing>(
    `select key, task || '~' || attempt as id, task, attempt, actor as name, true as holds, 0 as place from state_locks
       where run_no = $1 and expires_at > statement_timestamp()
     union all
     select key, task || '~' || attempt, task, attempt, actor, false, place from state_lock_queue
       where run_no = $1 and waits_until > statement_timestamp() and ring is null
     order by key, place`,
    [no],
  );
  const first: Standing = {
    key,
    id: toAttemptId(actor.taskId, actor.attempt),
    ...actor,
    task: actor.taskId,
    holds: false,
  };
  return ringOf(
    toWait(first, rows),
    rows.filter(({ holds }) => !holds).map((one) => toWait(one, rows)),
  );
}

// Whoever stands before it in the row of a key, the holder first.
function toWait({ key, id, name }: Standing, all: readonly Standing[]): LockWait {
  const row = all.filter((one) => one.key === key);
  const at = row.findIndex((one) => one.id === id);
  return { key, id, name, behind: at === -1 ? row : row.slice(0, at) };
}

// The others hear of it when they are woken and look.
async function tellRing(sql: Sql, no: number, ring: readonly LockWait[]): Promise<LockRefusal> {
  const why = ringWords(ring);
  const others = ring.slice(1);
  await sql.query(
    `update state_lock_queue set ring = $2 from unnest($3::text[], $4::text[]) as r (key, id)
     where run_no = $1 and state_lock_queue.key = r.key and task || '~' || attempt = r.id`,
    [no, why, others.map(({ key }) => key), others.map(({ id }) => id)],
  );
  return { why, wakes: others.map(({ key, id }) => wakeKeyOf(key, id)) };
}
