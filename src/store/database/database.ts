import pg from 'pg';
import type { Errand } from './connection-queue.ts';
import { ConnectionQueue } from './connection-queue.ts';
import type { Sql, Transactor } from './sql.ts';
import { toStoreError } from './to-store-error.ts';

// Sums of money and tokens are bigints in SQL; all of ours stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Connections to one database, with one error class. A lost one is an error of the statement or transaction that it was lost in. */
export interface Database extends Transactor {
  /** The same by connections that are kept for what must be written down: see `connection-queue.ts`. */
  readonly forCommits: Transactor;
  /** Hears what is notified on a channel, by a connection of its own. `onLost`: it is gone, and nothing more is heard. */
  listen(channel: string, hear: (payload: string) => void, onLost: () => void): Promise<Line>;
  close(): Promise<void>;
}

/** A connection that listens. A statement by it waits for no other connection; one without an answer within 15 s ends it. */
export interface Line extends Sql {
  close(): Promise<void>;
}

/** How many connections a database gets; default: 10, none of them kept for commits. */
export interface DatabaseOptions {
  maxConnections?: number;
  keptForCommits?: number;
}

/** Generous: on an overloaded machine a slow server must not be taken for a dead one. */
const connectWithinMs = 15_000;
const answerWithinMs = 15_000;

const connectionOptions = {
  // Whoever waits for a connection of ours does so in the queue: this is the server's time alone.
  connectionTimeoutMillis: connectWithinMs,
  // A server that is gone without a word would otherwise never be missed.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
};

/** Opens a pool. No connection is made before the first query. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { maxConnections = 10, keptForCommits = 0 } = options;
  const pool = openPool(url, maxConnections);
  const queue = new ConnectionQueue({ places: maxConnections, kept: keptForCommits });
  const through = (errand: Errand): Database['forCommits'] => ({
    query: (text, values) => queue.within(errand, () => pool.query(prepared(text, values)).catch(rethrow)),
    transaction: (work) => queue.within(errand, () => transact(pool, work)),
  });
  return {
    ...through('work'),
    forCommits: through('commit'),
    listen: (channel, hear, onLost) => listen(url, { channel, hear, onLost }),
    close: () => pool.end(),
  };
}

async function listen(
  url: string,
  { channel, hear, onLost }: { channel: string; hear: (payload: string) => void; onLost: () => void },
): Promise<Line> {
  const client = new pg.Client({ ...connectionOptions, connectionString: url, application_name: 'gaffer-listen' });
  client.on('error', onLost);
  client.on('end', onLost);
  client.on('notification', ({ payload }) => hear(payload ?? ''));
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toStoreError(error);
  }
  const close = (): Promise<void> => client.end().catch(() => undefined);
  return {
    async query(text, values) {
      const timer = setTimeout(() => void close(), answerWithinMs);
      try {
        return await client.query(prepared(text, values)).catch(rethrow);
      } finally {
        clearTimeout(timer);
      }
    },
    close,
  };
}

function openPool(url: string, maxConnections: number): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions,
    connectionString: url,
    max: maxConnections,
    application_name: 'gaffer',
  });
  // A connection may die at any moment: while it rests, and between two statements of a transaction. Whoever uses it next is told.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function transact<Result>(pool: pg.Pool, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch(rethrow);
  let broken: Error | undefined;
  try {
    await client.query('begin').catch(rethrow);
    const result = await work({ query: (text, values) => client.query(prepared(text, values)).catch(rethrow) });
    await client.query('commit').catch(rethrow);
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => (broken = cause));
    throw error;
  } finally {
    client.release(broken);
  }
}

const names = new Map<string, string>();

// Our statements are few and constant: named ones are planned once a connection, which halves their cost.
function prepared(text: string, values: unknown[] | undefined): pg.QueryConfig {
  if (!values) return { text };
  let name = names.get(text);
  if (!name) names.set(text, (name = `gaffer_${names.size}`));
  return { name, text, values };
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}
