import pg from 'pg';
import type { Sql } from './sql.ts';
import { StoreError } from '../store.ts';

// Sums of money and tokens are bigints in SQL; all of ours stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool of connections with one error class. */
export interface Database extends Sql {
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Opens a pool. No connection is made before the first query. */
export function openDatabase(url: string, options: { maxConnections?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5000,
    application_name: 'gaffer',
  });
  // An idle connection that dies with its server must not take the process with it; the next query reports.
  pool.on('error', () => undefined);
  return {
    query: (text, values) => pool.query(prepared(text, values)).catch(rethrow),
    async transaction(work) {
      const client = await pool.connect().catch(rethrow);
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work({ query: (text, values) => client.query(prepared(text, values)) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((cause: Error) => (broken = cause));
        return rethrow(error);
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

const names = new Map<string, string>();

// Our statements are few and constant: named ones are planned once a connection, which halves their cost.
function prepared(text: string, values: unknown[] | undefined): pg.QueryConfig {
  if (!values) return { text };
  let name = names.get(text);
  if (!name) names.set(text, (name = `gaffer_${names.size}`));
  return { name, text, values };
}

const unreachableCodes = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03'];

function rethrow(error: unknown): never {
  const code = (error as { code?: string }).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (
    unreachableCodes.includes(code) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(message)
  ) {
    throw new StoreError('unreachable', `the database does not answer: ${message || code}`, { cause: error });
  }
  if (['28P01', '28000', '3D000', '42501'].includes(code)) {
    throw new StoreError('unreachable', `the database refuses us: ${message}; check DATABASE_URL`, { cause: error });
  }
  throw error;
}
