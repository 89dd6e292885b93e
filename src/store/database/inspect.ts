import { openDatabase } from './database.ts';
import { migrations } from './migrate.ts';
import type { Sql } from './sql.ts';
import { StoreError } from '../store.ts';

/** What a database holds of ours. */
export interface SchemaState {
  /** Steps of the schema that were applied. */
  applied: number;
  /** Steps that the next worker or command will apply. */
  pending: number;
}

/**
 * Looks at a database and changes nothing, unlike `openStore`.
 *
 * @throws StoreError `unreachable`, or `newer` when a later version wrote it
 */
export async function inspectStore(databaseUrl: string): Promise<SchemaState> {
  const database = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    const { rows } = await database.query<{ count: number }>('select count(*)::int as count from gaffer_migrations');
    const applied = rows[0]?.count ?? 0;
    if (applied > migrations.length) {
      throw new StoreError('newer', 'the database was written by a newer Gaffer: update gaffer-crew');
    }
    return { applied, pending: migrations.length - applied };
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return { applied: 0, pending: migrations.length };
    throw error;
  } finally {
    await database.close();
  }
}

/** Asks a database for nothing. @throws StoreError `unreachable` or `busy` when it does not answer */
export async function pingStore(sql: Sql): Promise<void> {
  await sql.query('select 1');
}
