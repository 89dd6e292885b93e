import { randomUUID } from 'node:crypto';
import type { Sql, Transactor } from '../database/sql.ts';
import { isValidKey } from './keys.ts';

/*
 * T1 Each caller has one row: the time until which what it asked for is spread out at its rate (GCRA). A call is let through while that is
 *    less than a minute ahead, so nobody gets twice the limit at the edge of a window. Over all processes, by the database's clock.
 * T2 A refused call changes nothing: who keeps asking is not kept out longer for it.
 * T3 A stream is a row that its process renews, which it cannot once the key is not valid. What a killed process leaves ends by itself.
 */

/** Whether a call is let through, and what is left. */
export interface RateAnswer {
  isAllowed: boolean;
  /** Calls that would be let through right now, after this one. */
  remaining: number;
  /** Until all of them are there again, in ms. */
  resetMs: number;
  /** Until the next call is let through, in ms; 0: right now. */
  retryMs: number;
}

/** How much is asked of the service, over all its processes. */
export interface TrafficStore {
  /** Counts a call of a caller, a key or an address, that may make so many a minute, all at once after a rest. */
  take(caller: string, perMinute: number): Promise<RateAnswer>;
  /** Takes back that a call was counted: it was no stranger's. */
  giveBack(caller: string, perMinute: number): Promise<void>;
  /** Begins a stream of a key. @returns its id; null: it has `most` already */
  openStream(keyId: string, limits: { most: number; lastsMs: number }): Promise<string | null>;
  /**
   * It goes on for so long from now, also where it was taken for dead meanwhile: its process was only slow, and it counts again.
   *
   * @returns false: its key is no longer valid
   */
  renewStream(stream: { id: string; keyId: string }, lastsMs: number): Promise<boolean>;
  closeStream(id: string): Promise<void>;
}

/** What is known of callers behind a connection. */
export function createTrafficStore(database: Transactor): TrafficStore {
  let calls = 0;
  return {
    async take(caller, perMinute) {
      if (++calls % 1000 === 0) await database.query('delete from call_rates where until < clock_timestamp()');
      return take(database, caller, perMinute);
    },
    async giveBack(caller, perMinute) {
      await database.query(
        `update call_rates set until = until - $2::double precision * interval '1 millisecond' where caller = $1`,
        [caller, minuteMs / perMinute],
      );
    },
    openStream: (keyId, limits) => database.transaction((sql) => openStream(sql, keyId, limits)),
    async renewStream({ id, keyId }, lastsMs) {
      const { rowCount } = await database.query(
        `insert into open_streams (id, key_id, until) select $1::uuid, k.id, ${inMs('$3')} from api_keys k where k.id = $2 and ${isValidKey}
         on conflict (id) do update set until = excluded.until`,
        [id, keyId, lastsMs],
      );
      return rowCount === 1;
    },
    async closeStream(id) {
      await database.query('delete from open_streams where id = $1::uuid', [id]);
    },
  };
}

const minuteMs = 60_000;

const inMs = (place: string): string => `clock_timestamp() + ${place}::double precision * interval '1 millisecond'`;

async function take(sql: Sql, caller: string, perMinute: number): Promise<RateAnswer> {
  const stepMs = minuteMs / perMinute;
  const spread = `greatest(r.until, clock_timestamp()) + $2::double precision * interval '1 millisecond'`;
  const { rows } = await sql.query<{ aheadMs: number }>(
    `insert into call_rates as r (caller, until) values ($1, ${inMs('$2')})
     on conflict (caller) do update set until = ${spread} where ${spread} <= ${inMs('$3')}
     returning extract(epoch from r.until - clock_timestamp())::double precision * 1000 as "aheadMs"`,
    [caller, stepMs, minuteMs],
  );
  const isAllowed = rows.length > 0;
  const aheadMs = rows[0]?.aheadMs ?? (await aheadOf(sql, caller));
  const retryMs = Math.max(0, aheadMs + stepMs - minuteMs);
  const remaining = isAllowed ? Math.max(0, Math.floor((minuteMs - aheadMs) / stepMs)) : 0;
  return { isAllowed, remaining, resetMs: Math.max(0, aheadMs), retryMs: isAllowed && remaining > 0 ? 0 : retryMs };
}

async function aheadOf(sql: Sql, caller: string): Promise<number> {
  const { rows } = await sql.query<{ aheadMs: number }>(
    'select extract(epoch from until - clock_timestamp())::double precision * 1000 as "aheadMs" from call_rates where caller = $1',
    [caller],
  );
  return rows[0]?.aheadMs ?? 0;
}

async function openStream(
  sql: Sql,
  keyId: string,
  { most, lastsMs }: { most: number; lastsMs: number },
): Promise<string | null> {
  // Two that come at once would both count what the other has not written yet.
  await sql.query(`select pg_advisory_xact_lock(hashtextextended('open_streams/' || $1::text, 0))`, [keyId]);
  await sql.query('delete from open_streams where key_id = $1 and until < clock_timestamp()', [keyId]);
  const id = randomUUID();
  const { rowCount } = await sql.query(
    `insert into open_streams (id, key_id, until) select $1::uuid, $2, ${inMs('$3')}
     where (select count(*) from open_streams where key_id = $2) < $4`,
    [id, keyId, lastsMs, most],
  );
  return rowCount === 1 ? id : null;
}
