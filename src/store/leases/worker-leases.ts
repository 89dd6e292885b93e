/*
 * Which workers live:
 *
 * L1 A worker renews its lease every second, in the statement that also tells it whose lease is late, by the connection that the lease hangs
 *    on: neither waits behind the worker's other work.
 * L2 A lease hangs on a lock of that connection: it falls when the process ends, and stays while that only stands still. So a lease that is
 *    late is over where its lock has fallen. That may be the connection alone: who can look whether the process lives (in its own place) does
 *    that; elsewhere a worker that is not back within a second or two is taken for dead. One that has another lease which is not late lives.
 *    Where a pooler stands in between nobody knows what a lock says, and where a machine or a network died the server hears nothing: there a
 *    lease is over after `silentMs`, which is longer than a machine stands still (domain/run/standstill.ts); steps of it that still speak to
 *    Temporal are left to it.
 * L3 Who was away himself, or begins, judges nobody by the clock until he has renewed in time for a while: after an outage or a night in which
 *    a laptop slept everybody is late.
 * L4 Who hands out the steps of a dead worker takes its lease first, and keeps it taken until all are handed out; who dies over that, or
 *    cannot do it, is followed by the next one.
 * L5 A worker that only stood still, or was cut off, has questions for work open at Temporal, which gives it more for up to a minute. So where
 *    nobody saw that its process is gone, its lease stays for `openMs`, and what it gets meanwhile is handed out again, until it is back.
 */
import type { Sql } from '../database/sql.ts';

/** A worker, as others find it. */
export interface WorkerLease {
  /** UUID of the connection that it hangs on. */
  id: string;
  /** What it is called in Temporal. */
  identity: string;
  /** Where its process is counted: only there its number says whether it lives. */
  place: string;
  namespace: string;
  taskQueue: string;
  /** Whether its lock falls with its process (L2). */
  isTied: boolean;
}

/** A lease that may be over. */
export interface LateLease extends Pick<WorkerLease, 'id' | 'identity' | 'isTied'> {
  /** Whether its process is counted where that of who asks is. */
  isNear: boolean;
  /** How long it was not renewed, in ms. */
  silentForMs: number;
}

/** How a lease was found to be over: its process is `gone`, or it was `silent` for longer than a standstill and may live. */
export type LeaseEnd = 'gone' | 'silent';

/** How late a lease is that may be over, in ms: one renewal is missing. With the second until somebody looks it leaves time for three in all. */
export const lateMs = 1300;

/** How long a lease lasts whose lock says nothing, in ms (L2). */
export const silentMs = 20_000;

/** How long the steps of a dead worker are left to who hands them out and does not say that he still does, in ms (L4). */
const handingOutMs = 10_000;

/** How long after its last renewal a lease is looked at that may still be given work, in ms (L5). */
export const openMs = 90_000;

/** The name of a lease's lock, for whoever listens. */
export function lockOf(id: string): string {
  return `gaffer worker ${id}`;
}

const columns = '(id, identity, place, namespace, task_queue, is_tied)';

const isNotTaken = `(taken_at is null or taken_at < clock_timestamp() - ${handingOutMs} * interval '1 millisecond')`;

// Looked at, not tried: behind a pooler who tries may be lent the very connection that has it, which gets it again.
function heldText(name: string, more = ''): string {
  return `exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and granted
    and database = (select oid from pg_database where datname = current_database())
    and ((classid::bigint << 32) | objid::bigint) = hashtextextended(${name}, 0) ${more})`;
}

/** What a worker learns when it renews. */
export interface Renewal {
  /** How long its lease had not been renewed, in ms; null: it was not there. */
  gapMs: number | null;
  /** Whether somebody took it meanwhile: its steps were handed out. */
  wasTaken: boolean;
  /** Whether its lock hangs on the connection that the statement went by. */
  isTied: boolean;
  /** Leases of the same queue that are late, or whose process can be looked at from here. */
  others: LateLease[];
}

/**
 * Renews a lease, or makes it (L1). Its commit is not waited for: what a crash of the server takes of a lease its worker writes again within a
 * second. That holds for this statement alone, as behind a pooler the next one by this connection may be somebody else's.
 */
export async function renewLease(
  sql: Sql,
  { id, identity, place, namespace, taskQueue, isTied }: WorkerLease,
): Promise<Renewal> {
  const { rows } = await sql.query<LateLease & { isOwn: boolean; wasTaken: boolean }>(
    `with before as (select renewed_at, taken_at from worker_leases where id = $1::uuid),
     tie as (select $6::boolean and ${heldText('$8', 'and pid = pg_backend_pid()')} as is_tied),
     own as (
       insert into worker_leases ${columns} select $1::uuid, $2, $3, $4, $5, is_tied from tie
       where set_config('synchronous_commit', 'off', true) = 'off'
       on conflict (id) do update set renewed_at = clock_timestamp(), is_tied = excluded.is_tied, taken_by = null, taken_at = null
     )
     select $1::text as id, $2::text as identity, is_tied as "isTied", true as "isOwn", true as "isNear",
       taken_at is not null as "wasTaken",
       extract(epoch from clock_timestamp() - renewed_at)::double precision * 1000 as "silentForMs"
     from tie left join before on true
     union all
     select id::text, identity, is_tied, false, place = $3, false,
       extract(epoch from clock_timestamp() - renewed_at)::double precision * 1000
     from worker_leases
     where namespace = $4 and task_queue = $5 and identity <> $2
       and (place = $3 or renewed_at < clock_timestamp() - $7::double precision * interval '1 millisecond')
       and ${isNotTaken}`,
    [id, identity, place, namespace, taskQueue, isTied, lateMs, lockOf(id)],
  );
  const own = rows.find(({ isOwn }) => isOwn);
  const others = rows.filter(({ isOwn }) => !isOwn);
  return { gapMs: own?.silentForMs ?? null, wasTaken: own?.wasTaken ?? false, isTied: own?.isTied ?? false, others };
}

/**
 * Takes a lease that is over (L2, L4). `isGone`: its process was looked for and is not there; false: it is; null: nobody here can look.
 *
 * @returns how it ended; null: it has not, or somebody else hands its steps out
 */
export async function takeLease(
  sql: Sql,
  id: string,
  { by, isGone }: { by: string; isGone: boolean | null },
): Promise<LeaseEnd | null> {
  const { rows } = await sql.query<{ ended: LeaseEnd }>(
    `with seen as (
       select id, case when $3::boolean then 'gone'
         when exists (select from worker_leases other where other.identity = late.identity and other.id <> late.id
           and other.renewed_at > clock_timestamp() - $5::double precision * interval '1 millisecond') then null
         when $3 is null and is_tied and renewed_at < clock_timestamp() - $5::double precision * interval '1 millisecond'
           and not ${heldText('$6')} then 'gone'
         when renewed_at < clock_timestamp() - $4::double precision * interval '1 millisecond' then 'silent' end as ended
       from worker_leases late where id = $1::uuid and ${isNotTaken} for update
     )
     update worker_leases set taken_by = $2::uuid, taken_at = clock_timestamp()
     from seen where worker_leases.id = seen.id and seen.ended is not null
     returning ended`,
    [id, by, isGone, silentMs, lateMs, lockOf(id)],
  );
  return rows[0]?.ended ?? null;
}

/** Ends one's own lease. @returns whether it was there, and nobody had taken it */
export async function endLease(sql: Sql, id: string): Promise<boolean> {
  const { rows } = await sql.query<{ isOwn: boolean }>(
    'delete from worker_leases where id = $1::uuid returning taken_by is null as "isOwn"',
    [id],
  );
  return rows[0]?.isOwn ?? false;
}

/** Ends a lease that one has taken, once all that its worker had in hand was handed out. */
export async function endTakenLease(sql: Sql, id: string, by: string): Promise<void> {
  await sql.query('delete from worker_leases where id = $1::uuid and taken_by = $2::uuid', [id, by]);
}

/** Says that somebody still hands out the steps of leases that he took (L4). @returns those that are still his */
export async function keepTaken(sql: Sql, by: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `update worker_leases set taken_at = clock_timestamp() where taken_by = $1::uuid and id = any($2::uuid[])
     returning id::text`,
    [by, ids],
  );
  return rows.map(({ id }) => id);
}

/** Gives leases back that somebody took whose steps he does not hand out any more: the next one need not wait. */
export async function giveBackTaken(sql: Sql, by: string): Promise<void> {
  await sql.query('update worker_leases set taken_by = null, taken_at = null where taken_by = $1::uuid', [by]);
}

/** Who has a lease on a queue, late or not: what those had in hand is handed out by who takes it. */
export async function leasedIdentities(
  sql: Sql,
  { namespace, taskQueue }: Pick<WorkerLease, 'namespace' | 'taskQueue'>,
): Promise<string[]> {
  const { rows } = await sql.query<{ identity: string }>(
    'select distinct identity from worker_leases where namespace = $1 and task_queue = $2',
    [namespace, taskQueue],
  );
  return rows.map(({ identity }) => identity);
}

/** Ends leases of queues that nobody works on any more: Temporal's own timeouts are over for all that their workers had in hand. */
export async function endOldLeases(sql: Sql): Promise<void> {
  await sql.query(`delete from worker_leases where renewed_at < clock_timestamp() - interval '7 days'`);
}
