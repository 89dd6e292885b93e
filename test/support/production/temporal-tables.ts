import { openDatabase } from '../../../src/store/database/database.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Which tables of Temporal's databases hold a text, whatever column it is in: `temporal.history_node`. */
export async function tablesWith({ url }: PostgresServer, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const database of ['temporal', 'temporal_visibility']) {
    const sql = openDatabase(url('temporal', database), { maxConnections: 1 });
    try {
      const { rows } = await sql.query<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
      );
      for (const { name } of rows) {
        // Bytes are hex in a row's text.
        const { rows: holding } = await sql.query(
          `select 1 from "${name}" t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1`,
          [text, Buffer.from(text).toString('hex')],
        );
        if (holding.length > 0) found.push(`${database}.${name}`);
      }
    } finally {
      await sql.close();
    }
  }
  return found;
}

/** Size of Temporal's databases, in bytes. */
export async function sizeOf({ url }: PostgresServer): Promise<number> {
  const sql = openDatabase(url('temporal', 'temporal'), { maxConnections: 1 });
  try {
    const { rows } = await sql.query<{ bytes: number }>(
      `select pg_database_size('temporal') + pg_database_size('temporal_visibility') as bytes`,
    );
    return rows[0]!.bytes;
  } finally {
    await sql.close();
  }
}
