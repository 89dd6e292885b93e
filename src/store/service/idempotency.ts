import { UnreachableError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Sql } from '../database/sql.ts';

/** A request that may be repeated. */
export interface RepeatableRequest {
  /** Who asks, by the id of a key: there is a bound to what is kept for each. */
  holder: string;
  /** The same for the same request. */
  id: string;
  /** Of its body: two requests of one id must agree. */
  requestHash: string;
  /** Who works on it now; nobody else has the same. */
  attempt: string;
  /** How long nobody else does, in ms. */
  leaseMs: number;
}

/** What a request was answered with. `body`: sealed. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * What becomes of a request that is claimed: it is the claimer's, with what an earlier attempt noted; or somebody is at it; or it was another
 * one; or it was answered; or its holder has too many. `since`: when its first attempt came, the same for all that go on with it.
 */
type Claimed =
  | { kind: 'mine'; noted: JsonObject | null; since: string }
  | { kind: 'too-many' }
  | { kind: 'in-flight' }
  | { kind: 'other-body' }
  | { kind: 'answered'; answer: KeptAnswer };

/** Requests that may be repeated, each kept for {@link repeatableMs}. */
export interface IdempotencyStore {
  claim(request: RepeatableRequest): Promise<Claimed>;
  /** Stays at it for longer. */
  renew(request: Pick<RepeatableRequest, 'id' | 'attempt' | 'leaseMs'>): Promise<void>;
  /**
   * Notes what is chosen for it: by each name what was noted first stays.
   *
   * @param sql in this transaction, if given @returns what is noted then. @throws UnreachableError when somebody else is at it by now
   */
  note(request: Pick<RepeatableRequest, 'id' | 'attempt'>, value: JsonObject, sql?: Sql): Promise<JsonObject>;
  /** Keeps the answer; nothing changes when somebody else is at it by now. */
  answer(request: Pick<RepeatableRequest, 'id' | 'attempt'>, answer: KeptAnswer): Promise<void>;
  /** Lets the next attempt begin at once; what was noted stays. */
  release(request: Pick<RepeatableRequest, 'id' | 'attempt'>): Promise<void>;
  /** Makes it as if it had never come: the next attempt is the first. */
  forget(request: Pick<RepeatableRequest, 'id' | 'attempt'>): Promise<void>;
}

/** How long the same request means the same, in ms. */
const repeatableMs = 24 * 60 * 60 * 1000;
/** How many requests are kept for one holder. */
const mostPerHolder = 20_000;

/** What is older is removed before a claim; a process does so at most once in this time, as each of many at once would pay for it. */
const sweepEveryMs = 60_000;

/** In SQL: whether the request is kept no longer. */
const isOld = `at < clock_timestamp() - interval '${repeatableMs} milliseconds'`;

/** {@link IdempotencyStore} in PostgreSQL. `most`: per holder. */
export function createIdempotencyStore(database: Sql, most = mostPerHolder): IdempotencyStore {
  const sweep = createSweep(database);
  return {
    async claim(request) {
      await sweep();
      return claim(database, request, most);
    },
    async renew({ id, attempt, leaseMs }) {
      await database.query(
        `update idempotency set leased_until = clock_timestamp() + make_interval(secs => $3) where id = $1 and attempt = $2`,
        [id, attempt, leaseMs / 1000],
      );
    },
    async note({ id, attempt }, value, sql = database) {
      const { rows } = await sql.query<{ noted: JsonObject }>(
        `update idempotency set noted = $3::jsonb || coalesce(noted, '{}') where id = $1 and attempt = $2 returning noted`,
        [id, attempt, JSON.stringify(value)],
      );
      if (!rows[0]) throw new UnreachableError('somebody else is at the same request by now: ask again.');
      return rows[0].noted;
    },
    async answer({ id, attempt }, { status, headers, body }) {
      await database.query(
        `update idempotency set status = $3, headers = $4, body = $5 where id = $1 and attempt = $2`,
        [id, attempt, status, JSON.stringify(headers), body],
      );
    },
    async release({ id, attempt }) {
      await database.query(
        `update idempotency set leased_until = clock_timestamp() where id = $1 and attempt = $2 and status is null`,
        [id, attempt],
      );
    },
    async forget({ id, attempt }) {
      await database.query('delete from idempotency where id = $1 and attempt = $2 and status is null', [id, attempt]);
    },
  };
}

async function claim(database: Sql, request: RepeatableRequest, most: number): Promise<Claimed> {
  // Again: a row that is gone between the two statements is nobody's.
  for (;;) {
    const claimed = (await take(database, request, most)) ?? (await look(database, request));
    if (claimed) return claimed;
    if (await hasTooMany(database, request, most)) return { kind: 'too-many' };
  }
}

async function take(
  database: Sql,
  { id, holder, requestHash, attempt, leaseMs }: RepeatableRequest,
  most: number,
): Promise<Claimed | null> {
  const { rows } = await database.query<{ noted: JsonObject | null; since: string }>(
    `insert into idempotency (id, request_hash, attempt, leased_until, holder)
     select $1, $2, $3, clock_timestamp() + make_interval(secs => $4), $5
     where exists (select 1 from idempotency where id = $1) or ${held('$5', '$6')} < $6
     on conflict (id) do update set attempt = excluded.attempt, leased_until = excluded.leased_until
     where idempotency.status is null and idempotency.leased_until <= clock_timestamp()
       and idempotency.request_hash = excluded.request_hash and not idempotency.${isOld}
     returning noted, at::text as since`,
    [id, requestHash, attempt, leaseMs / 1000, holder, most],
  );
  return rows[0] ? { kind: 'mine', ...rows[0] } : null;
}

/** In SQL: how many requests of a holder are kept, counted up to the most there may be. */
function held(holder: string, most: string): string {
  return `(select count(*) from (select 1 from idempotency where holder = ${holder} and not ${isOld} limit ${most}) h)`;
}

async function hasTooMany(database: Sql, { id, holder }: RepeatableRequest, most: number): Promise<boolean> {
  const { rows } = await database.query<{ isFull: boolean }>(
    `select not exists (select 1 from idempotency where id = $1) and ${held('$2', '$3')} >= $3 as "isFull"`,
    [id, holder, most],
  );
  return rows[0]!.isFull;
}

async function look(database: Sql, { id, requestHash }: RepeatableRequest): Promise<Claimed | null> {
  const { rows } = await database.query<{ hash: string; isOver: boolean; isOld: boolean } & Partial<KeptAnswer>>(
    `select request_hash as hash, leased_until <= clock_timestamp() as "isOver", ${isOld} as "isOld", status, headers, body
     from idempotency where id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return null;
  if (row.isOld) {
    await database.query(`delete from idempotency where id = $1 and ${isOld}`, [id]);
    return null;
  }
  if (row.hash !== requestHash) return { kind: 'other-body' };
  const { status, headers, body } = row;
  if (status && headers && body) return { kind: 'answered', answer: { status, headers, body } };
  // Its lease ran out between the two statements.
  return row.isOver ? null : { kind: 'in-flight' };
}

function createSweep(database: Sql): () => Promise<void> {
  let sweptAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - sweptAt < sweepEveryMs) return;
    sweptAt = performance.now();
    await database.query(`delete from idempotency where ${isOld}`);
  };
}
