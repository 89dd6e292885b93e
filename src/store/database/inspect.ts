import { openDatabase } from './database.ts';
import { migrations, readApplied } from './migrate.ts';
import type { Sql } from './sql.ts';

/** What a database holds of ours. */
export interface SchemaState {
  /** Steps of the schema that were applied. */
  applied: number;
  /** Steps that the next worker or command will apply. */
  pending: number;
  /** Whether its user may make what is pending. */
  canCreate: boolean;
  /** Connections that anybody has, and how many there can be. */
  connections: { used: number; most: number };
}

/**
 * Looks at a database and changes nothing, unlike `openStore`.
 *
 * @throws StoreError `unreachable`, `busy`, `pooler`, `newer` when a later version wrote it in a way that this one cannot work with, `changed-migration`
 */
export async function inspectStore(databaseUrl: string): Promise<SchemaState> {
  // Twice, each time by a prepared statement: a pooler that deals out connections by transaction then says that it is there already.
  await looked(databaseUrl, readFacts);
  return looked(databaseUrl, async (sql) => {
    const facts = await readFacts(sql);
    const applied = await countApplied(sql);
    return { applied, pending: Math.max(0, migrations.length - applied), ...facts };
  });
}

async function looked<Result>(databaseUrl: string, look: (sql: Sql) => Promise<Result>): Promise<Result> {
  const database = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    return await look(database);
  } finally {
    await database.close();
  }
}

async function countApplied(sql: Sql): Promise<number> {
  try {
    return (await readApplied(sql)).length;
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return 0;
    throw error;
  }
}

async function readFacts(sql: Sql): Promise<Pick<SchemaState, 'canCreate' | 'connections'>> {
  const { rows } = await sql.query<{ can_create: boolean; used: number; most: number }>(
    `select coalesce(has_schema_privilege(current_schema(), $1), false) as can_create,
            (select count(*) from pg_stat_activity where datname is not null) as used,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`,
    ['create'],
  );
  const { can_create: canCreate, used, most } = rows[0]!;
  return { canCreate, connections: { used, most } };
}

/** Asks a database for nothing. @throws StoreError `unreachable` or `busy` when it does not answer */
export async function pingStore(sql: Sql): Promise<void> {
  await sql.query('select 1');
}
