import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresPlace } from './postgres-place.ts';
import { StackError } from '../stack-error.ts';

const database = 'gaffer';
/** SQLSTATE of a server that starts up, recovers or shuts down. */
const cannotConnectNow = '57P03';
const tooManyConnections = '53300';
const recoveryMs = 60_000;

/** Where a PostgreSQL of ours listens. */
export interface Listening {
  /** Folder of its socket, which is ours to ask at; not of a server that an earlier version started. */
  socket?: string | undefined;
  /** Its port on 127.0.0.1, and the number in its socket's name. */
  port: number;
}

// What an address does not say, the driver takes from PGSSLMODE, PGOPTIONS and their kin, which are about somebody else's server. The
// option is the server's own default: without one, those of the environment would count.
const saysAll = 'sslmode=disable&sslnegotiation=postgres&options=-c%20statement_timeout%3D0';

/** The address of the home's database; holds the password, so it is not for printing. */
export function databaseUrl({ password }: Pick<PostgresPlace, 'password'>, { socket, port }: Listening): string {
  const host = socket === undefined ? '127.0.0.1' : encodeURIComponent(socket);
  return `postgres://gaffer:${encodeURIComponent(password)}@${host}:${port}/${database}?${saysAll}`;
}

/** Creates the database where it is missing. @throws StackError `database` when the server refuses us */
export async function ensureDatabase(url: string): Promise<void> {
  try {
    if (await connectOnce(url)) return;
    await connectOnce(url.replace(`/${database}?`, '/postgres?'), `CREATE DATABASE ${database}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError('database', `PostgreSQL refuses Gaffer's own account: ${reason}`, { cause: error });
  }
}

/** Whether the database answers, if only that it has no connection left; one that is still recovering from a kill is waited for. */
export async function answersQueries(url: string): Promise<boolean> {
  const deadline = performance.now() + recoveryMs;
  for (;;) {
    try {
      return await connectOnce(url);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === tooManyConnections) return true;
      if (code !== cannotConnectNow || performance.now() > deadline) return false;
    }
    await sleep(50);
  }
}

/** @returns false when the database does not exist */
async function connectOnce(url: string, query = 'SELECT 1', timeoutMs = 20_000): Promise<boolean> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  // A server that goes away reports it here too; the promise below already says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(query);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '3D000') return false;
    if (code === '42P04') return true;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
