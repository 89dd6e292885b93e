import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { migration as runs } from '../migrations/001-runs.ts';
import { migration as issues } from '../migrations/002-issues.ts';
import { migration as messageBytes } from '../migrations/003-message-bytes.ts';
import { migration as tasks } from '../migrations/004-tasks.ts';
import { migration as ledger } from '../migrations/005-ledger.ts';
import { migration as leanRows } from '../migrations/006-lean-rows.ts';
import { migration as gatePace } from '../migrations/007-gate-pace.ts';
import { migration as indexOfTasks } from '../migrations/008-index-of-tasks.ts';
import { migration as snapshots } from '../migrations/009-snapshots.ts';
import { migration as waitingCalls } from '../migrations/010-waiting-calls.ts';
import { migration as brokenCalls } from '../migrations/011-broken-calls.ts';
import { migration as accountGates } from '../migrations/012-account-gates.ts';
import { StoreError } from '../store.ts';

/** One forward-only step of the schema. */
export interface Migration {
  id: number;
  name: string;
  sql: string;
}

/** Every step so far, in order. */
export const migrations: readonly Migration[] = [
  runs,
  issues,
  messageBytes,
  tasks,
  ledger,
  leanRows,
  gatePace,
  indexOfTasks,
  snapshots,
  waitingCalls,
  brokenCalls,
  accountGates,
];

// Any number does, as long as nobody else in this database locks on it ("gaff" in ASCII).
const lockNumber = 0x67616666;

/**
 * Brings the schema up to date, one transaction a step; processes that start at once wait for each other.
 *
 * @throws StoreError `foreign` when the database belongs to something else, `newer` when a later version wrote it,
 * `changed-migration` when a step that was applied is not the one we know
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<void> {
  if (await isCurrent(database, steps)) return;
  await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    await refuseForeign(sql);
    await sql.query(
      'create table if not exists gaffer_migrations (id integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await sql.query<AppliedRow>('select id, name, checksum from gaffer_migrations order by id');
    checkApplied(rows, steps);
    for (const step of steps.slice(rows.length)) {
      await sql.query(step.sql);
      await sql.query('insert into gaffer_migrations (id, name, checksum) values ($1, $2, $3)', [
        step.id,
        step.name,
        checksum(step),
      ]);
    }
  });
}

interface AppliedRow {
  id: number;
  name: string;
  checksum: string;
}

// The usual start finds everything in place: one query, no lock.
async function isCurrent(database: Database, steps: readonly Migration[]): Promise<boolean> {
  try {
    const { rows } = await database.query<AppliedRow>('select id, name, checksum from gaffer_migrations order by id');
    checkApplied(rows, steps);
    return rows.length === steps.length;
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return false;
    throw error;
  }
}

function checkApplied(rows: AppliedRow[], steps: readonly Migration[]): void {
  for (const [index, row] of rows.entries()) {
    const step = steps[index];
    if (!step) {
      throw new StoreError(
        'newer',
        `the database was written by a newer Gaffer (step ${row.id} ${row.name}): update gaffer-crew`,
      );
    }
    if (row.checksum !== checksum(step)) {
      throw new StoreError(
        'changed-migration',
        `schema step ${row.id} (${row.name}) in the database is not the one of this version: use the version that wrote it, or another database`,
      );
    }
  }
}

async function refuseForeign(sql: { query: Database['query'] }): Promise<void> {
  const { rows } = await sql.query<{ ours: boolean; tables: string[] | null }>(
    `select to_regclass('gaffer_migrations') is not null as ours,
            (select array_agg(c.relname::text) from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r') as tables`,
  );
  const found = rows[0]!;
  if (!found.ours && found.tables && found.tables.length > 0) {
    throw new StoreError(
      'foreign',
      `the database already holds tables of something else (${found.tables.slice(0, 3).join(', ')}): give Gaffer a database of its own in DATABASE_URL`,
    );
  }
}

function checksum(step: Migration): string {
  return createHash('sha256').update(step.sql).digest('hex').slice(0, 16);
}
