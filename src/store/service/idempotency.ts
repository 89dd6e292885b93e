import { UnreachableError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Sql } from '../database/sql.ts';

/** A request that may be repeated. */
export interface RepeatableRequest {
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

/** What becomes of a request that is claimed: it is the claimer's, with what an earlier attempt noted; or somebody is at it; or it was another one; or it was answered. */
type Claimed =
  | { kind: 'mine'; noted: JsonObject | null }
  | { kind: 'in-flight' }
  | { kind: 'other-body' }
  | { kind: 'answered'; answer: KeptAnswer };

/** Requests that may be repeated, each kept for {@link repeatableMs}. */
export interface IdempotencyStore {
  claim(request: RepeatableRequest): Promise<Claimed>;
  /** Stays at it for longer. */
  renew(request: Omit<RepeatableRequest, 'requestHash'>): Promise<void>;
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
}

/** How long the same request means the same, in ms. */
const repeatableMs = 24 * 60 * 60 * 1000;

/** What is older is removed before a claim; a process does so at most once in this time, as each of many at once would pay for it. */
const sweepEveryMs = 60_000;

/** {@link IdempotencyStore} in PostgreSQL. */
export function createIdempotencyStore(database: Sql): IdempotencyStore {
  const sweep = createSweep(database);
  return {
    async claim(request) {
      await sweep();
      // Again: a row that is swept between the two statements is nobody's.
      for (;;) {
        const claimed = (await take(database, request)) ?? (await look(database, request));
        if (claimed) return claimed;
      }
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
  };
}

async function take(database: Sql, { id, requestHash, attempt, leaseMs }: RepeatableRequest): Promise<Claimed | null> {
  const { rows } = await database.query<{ noted: JsonObject | null }>(
    `insert into idempotency (id, request_hash, attempt, leased_until)
     values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
     on conflict (id) do update set attempt = excluded.attempt, leased_until = excluded.leased_until
     where idempotency.status is null and idempotency.leased_until <= clock_timestamp()
       and idempotency.request_hash = excluded.request_hash
     returning noted`,
    [id, requestHash, attempt, leaseMs / 1000],
  );
  return rows[0] ? { kind: 'mine', noted: rows[0].noted } : null;
}

async function look(database: Sql, { id, requestHash }: RepeatableRequest): Promise<Claimed | null> {
  const { rows } = await database.query<{ hash: string; isOver: boolean } & Partial<KeptAnswer>>(
    `select request_hash as hash, leased_until <= clock_timestamp() as "isOver", status, headers, body
     from idempotency where id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return null;
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
    await database.query('delete from idempotency where at < clock_timestamp() - make_interval(secs => $1)', [
      repeatableMs / 1000,
    ]);
  };
}
