import { openDatabase } from './database.ts';
import { migrations, readApplied } from './migrate.ts';
import type { Sql } from './sql.ts';

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
 * @throws StoreError `unreachable`, `newer` when a later version wrote it in a way that this one cannot work with, `changed-migration`
 */
export async function inspectStore(databaseUrl: string): Promise<SchemaState> {
  const database = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    const applied = (await readApplied(database)).length;
    return { applied, pending: Math.max(0, migrations.length - applied) };
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
