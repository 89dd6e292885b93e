import type { Scope } from '../../domain/access/scope.ts';
import type { Sql, Transactor } from '../database/sql.ts';

/*
 * K1 No text that opens anything is stored: of keys, codes and cookies there is a SHA-256 each. They are 256 random bits, so nothing slower is needed.
 * K2 Time is the database's: a process whose clock is wrong neither revives nor ends a key.
 * K3 What a browser has stands for a key, and ends with it.
 */

/** What somebody may do who has a key, or a browser that was let in for it. */
export interface StoredKey {
  id: string;
  /** As whom it acts, in approvals and in the audit. */
  name: string;
  tenant: string;
  scopes: readonly Scope[];
  /** Of approvals: whom it may answer as. */
  roles: readonly string[];
}

/** A key as lists show it. Times are ISO 8601; null: never. */
export interface ListedKey extends StoredKey {
  /** It has no text: a page of the dashboard is opened with it, and nothing else. */
  isPage: boolean;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/**
 * A key that is to be kept.
 *
 * @internal
 */
export interface NewKey extends StoredKey {
  /** SHA-256 of the key; null: only browsers are let in for it. */
  hash: Buffer | null;
  /** For so long from now; null: until it is revoked. */
  lastsMs: number | null;
}

/** A key that somebody says to have, and what tells whether that is so. */
interface FoundKey {
  key: StoredKey;
  hash: Buffer;
  isValid: boolean;
  /** Whether its use is to be noted: it was not within the last minute. */
  isUnnoted: boolean;
}

/** Keys of the service, and what browsers have in their place. */
export interface KeyStore {
  create(key: NewKey): Promise<ListedKey>;
  /** Oldest first; left out: what only browsers had and has ended. */
  list(tenant?: string): Promise<ListedKey[]>;
  /** Ends a key at once, with every browser that was let in for it. @returns the key; undefined: there is none */
  revoke(id: string): Promise<ListedKey | undefined>;
  /** A key that has a text; undefined: there is none of that id. */
  find(id: string): Promise<FoundKey | undefined>;
  /** The key that a browser's cookie stands for, while both are valid. */
  findSession(cookie: Buffer): Promise<StoredKey | undefined>;
  /** Notes that it was used, unless it was within the last minute. */
  touch(id: string): Promise<void>;
  /** Keeps the hash of a code that lets one browser in for a key. */
  addCode(keyId: string, code: Buffer, lastsMs: number): Promise<void>;
  /** Swaps a code for a cookie: once, whoever comes at the same time. @returns undefined when it is unknown, used or too old */
  swapCode(code: Buffer, cookie: Buffer, lastsMs: number): Promise<StoredKey | undefined>;
  /** Ends what a cookie allows at once; what a page's own key stands for ends with its last browser: streams, codes. */
  endSession(cookie: Buffer): Promise<void>;
}

const columns = 'k.id, k.name, k.tenant, k.scopes, k.roles';
const listed = `${columns}, k.hash is null as is_page, k.created_at, k.expires_at, k.revoked_at, k.last_used_at`;
/** In SQL: whether the key `k` opens anything. */
export const isValidKey = '(k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp()))';
const notUsedOfLate = `(k.last_used_at is null or k.last_used_at < clock_timestamp() - interval '1 minute')`;
const after = (place: string): string => `clock_timestamp() + ${place}::double precision * interval '1 millisecond'`;

/** The keys behind a connection. */
export function createKeyStore(database: Transactor): KeyStore {
  return { ...ownKeys(database), ...browserSessions(database) };
}

function ownKeys(database: Transactor): Pick<KeyStore, 'create' | 'list' | 'revoke' | 'find' | 'touch'> {
  return {
    create: (key) => database.transaction((sql) => createKey(sql, key)),
    async list(tenant) {
      const { rows } = await database.query<KeyRow>(
        `select ${listed} from api_keys k where ($1::text is null or k.tenant = $1) and (k.hash is not null or ${isValidKey}) order by k.created_at, k.id`,
        [tenant ?? null],
      );
      return rows.map(toListed);
    },
    async revoke(id) {
      const { rows } = await database.query<KeyRow>(
        `update api_keys k set revoked_at = coalesce(k.revoked_at, clock_timestamp()) where k.id = $1 returning ${listed}`,
        [id],
      );
      return rows[0] && toListed(rows[0]);
    },
    find: (id) => findKey(database, id),
    async touch(id) {
      await database.query(
        `update api_keys k set last_used_at = clock_timestamp() where k.id = $1 and ${notUsedOfLate}`,
        [id],
      );
    },
  };
}

function browserSessions(database: Transactor): Pick<KeyStore, 'findSession' | 'addCode' | 'swapCode' | 'endSession'> {
  return {
    async findSession(cookie) {
      const { rows } = await database.query<StoredKey>(
        `select ${columns} from service_sessions s join api_keys k on k.id = s.key_id
         where s.hash = $1 and s.kind = 'cookie' and s.expires_at > clock_timestamp() and ${isValidKey}`,
        [cookie],
      );
      return rows[0];
    },
    async addCode(keyId, code, lastsMs) {
      await addSession(database, { hash: code, kind: 'code', keyId, lastsMs });
    },
    swapCode: (code, cookie, lastsMs) => database.transaction((sql) => swapCode(sql, code, { cookie, lastsMs })),
    async endSession(cookie) {
      await database.query(
        `with ended as (delete from service_sessions where hash = $1 and kind = 'cookie' returning key_id)
         update api_keys k set revoked_at = coalesce(k.revoked_at, clock_timestamp()) from ended
         where k.id = ended.key_id and k.hash is null and not exists
           (select 1 from service_sessions s where s.key_id = k.id and s.hash <> $1 and s.expires_at > clock_timestamp())`,
        [cookie],
      );
    },
  };
}

interface KeyRow extends StoredKey {
  is_page: boolean;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

function toListed({ is_page: isPage, created_at, expires_at, revoked_at, last_used_at, ...key }: KeyRow): ListedKey {
  const iso = (time: Date | null): string | null => time?.toISOString() ?? null;
  const times = { expiresAt: iso(expires_at), revokedAt: iso(revoked_at), lastUsedAt: iso(last_used_at) };
  return { ...key, isPage, createdAt: created_at.toISOString(), ...times };
}

async function createKey(sql: Sql, { id, hash, name, tenant, scopes, roles, lastsMs }: NewKey): Promise<ListedKey> {
  // What browsers had is left behind by every start of a service: the next one takes it away.
  await sql.query(`delete from api_keys k where k.hash is null and not ${isValidKey}`);
  const { rows } = await sql.query<KeyRow>(
    `insert into api_keys as k (id, hash, name, tenant, scopes, roles, expires_at)
     values ($1, $2, $3, $4, $5, $6, ${after('$7')}) returning ${listed}`,
    [id, hash, name, tenant, scopes, roles, lastsMs],
  );
  return toListed(rows[0]!);
}

async function findKey(sql: Sql, id: string): Promise<FoundKey | undefined> {
  const { rows } = await sql.query<StoredKey & Omit<FoundKey, 'key'>>(
    `select ${columns}, k.hash, ${isValidKey} as "isValid", ${notUsedOfLate} as "isUnnoted" from api_keys k where k.id = $1 and k.hash is not null`,
    [id],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { hash, isValid, isUnnoted, ...key } = row;
  return { key, hash, isValid, isUnnoted };
}

async function addSession(
  sql: Sql,
  { hash, kind, keyId, lastsMs }: { hash: Buffer; kind: 'code' | 'cookie'; keyId: string; lastsMs: number },
): Promise<void> {
  await sql.query(`insert into service_sessions (hash, kind, key_id, expires_at) values ($1, $2, $3, ${after('$4')})`, [
    hash,
    kind,
    keyId,
    lastsMs,
  ]);
}

async function swapCode(
  sql: Sql,
  code: Buffer,
  { cookie, lastsMs }: { cookie: Buffer; lastsMs: number },
): Promise<StoredKey | undefined> {
  await sql.query('delete from service_sessions where expires_at < clock_timestamp()');
  // Of two who come with one code, the later waits for the row and finds it gone.
  const { rows } = await sql.query<StoredKey>(
    `with used as (delete from service_sessions where hash = $1 and kind = 'code' and expires_at > clock_timestamp() returning key_id)
     select ${columns} from used join api_keys k on k.id = used.key_id where ${isValidKey}`,
    [code],
  );
  const [key] = rows;
  if (key) await addSession(sql, { hash: cookie, kind: 'cookie', keyId: key.id, lastsMs });
  return key;
}
