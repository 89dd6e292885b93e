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
import { migration as nestedRuns } from '../migrations/013-nested-runs.ts';
import { migration as modelChoices } from '../migrations/014-model-choices.ts';
import { migration as waits } from '../migrations/015-waits.ts';
import { migration as sharedState } from '../migrations/016-shared-state.ts';
import { migration as pinnedRuns } from '../migrations/017-pinned-runs.ts';
import { migration as evaluations } from '../migrations/018-evaluations.ts';
import { migration as schedules } from '../migrations/019-schedules.ts';
import { migration as messages } from '../migrations/020-messages.ts';
import { migration as eventsOfNotes } from '../migrations/021-events-of-notes.ts';
import { migration as foldedMessages } from '../migrations/022-folded-messages.ts';
import { migration as endsOfMessages } from '../migrations/023-ends-of-messages.ts';
import { migration as unreadMessages } from '../migrations/024-unread-messages.ts';
import { migration as tenants } from '../migrations/025-tenants.ts';
import { migration as access } from '../migrations/service/026-access.ts';
import { migration as webhooks } from '../migrations/service/027-webhooks.ts';
import { migration as idempotency } from '../migrations/service/028-idempotency.ts';
import { migration as deltaReaders } from '../migrations/service/029-delta-readers.ts';
import { migration as executions } from '../migrations/service/030-executions.ts';
import { migration as idempotencyHolders } from '../migrations/service/031-idempotency-holders.ts';
import { migration as webhookProgress } from '../migrations/service/032-webhook-progress.ts';
import { migration as lists } from '../migrations/service/033-lists.ts';
import { migration as usage } from '../migrations/service/034-usage.ts';
import { migration as gateway } from '../migrations/service/035-gateway.ts';
import { migration as worktrees } from '../migrations/service/036-worktrees.ts';
import { migration as merges } from '../migrations/service/037-merges.ts';
import { migration as workerTokens } from '../migrations/service/038-worker-tokens.ts';
import { migration as mergeTurns } from '../migrations/service/039-merge-turns.ts';
import { migration as insistingTokens } from '../migrations/service/040-insisting-tokens.ts';
import { migration as markedFiles } from '../migrations/service/041-marked-files.ts';
import { migration as workerLeases } from '../migrations/service/042-worker-leases.ts';
import { StoreError } from '../store.ts';
import type { Sql } from './sql.ts';

/*
 * Expand, then contract: workers of two releases work side by side while a deploy goes on, and the newer one brings the schema forward.
 *
 * S1 A step that only adds says so by `worksFrom`, and the code of the release before goes on working, also when it starts anew.
 * S2 What takes away or changes comes a release later, when no code is left that needs it; its `worksFrom` is a step of that release's.
 * S3 So that S1 is true, no statement gives out `*`: a prepared one whose columns grow is an error in whoever prepared it before.
 */

/** One forward-only step of the schema. */
export interface Migration {
  id: number;
  name: string;
  sql: string;
  /** The last step that code has to know at least to work on a schema with this one (S1); left out: this one itself. */
  worksFrom?: number;
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
  nestedRuns,
  modelChoices,
  waits,
  sharedState,
  pinnedRuns,
  evaluations,
  schedules,
  messages,
  eventsOfNotes,
  foldedMessages,
  endsOfMessages,
  unreadMessages,
  tenants,
  access,
  webhooks,
  idempotency,
  deltaReaders,
  executions,
  idempotencyHolders,
  webhookProgress,
  lists,
  usage,
  gateway,
  worktrees,
  merges,
  workerTokens,
  mergeTurns,
  insistingTokens,
  markedFiles,
  workerLeases,
];

// Any number does, as long as nobody else in this database locks on it ("gaff" in ASCII).
const lockNumber = 0x67616666;

/**
 * Brings the schema up to date, one transaction a step; processes that start at once wait for each other.
 *
 * @throws StoreError `foreign` when the database belongs to something else, `newer` when a later version wrote it in a way that this
 * one cannot work with, `changed-migration` when a step that was applied is not the one we know
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<void> {
  if (await isCurrent(database, steps)) return;
  await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    await refuseForeign(sql);
    await sql.query(
      'create table if not exists gaffer_migrations (id integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
    );
    const rows = await readApplied(sql, steps);
    if (rows.length < steps.length) {
      await sql.query('alter table gaffer_migrations add column if not exists works_from integer');
    }
    for (const step of steps.slice(rows.length)) {
      await sql.query(step.sql);
      await sql.query('insert into gaffer_migrations (id, name, checksum, works_from) values ($1, $2, $3, $4)', [
        ...[step.id, step.name, checksum(step)],
        step.worksFrom ?? step.id,
      ]);
    }
  });
}

interface AppliedRow {
  id: number;
  name: string;
  checksum: string;
  /** Null: written before there was such a word. */
  works_from: number | null;
}

// The usual start finds everything in place: one query, no lock.
async function isCurrent(database: Database, steps: readonly Migration[]): Promise<boolean> {
  try {
    return (await readApplied(database, steps)).length >= steps.length;
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return false;
    throw error;
  }
}

/**
 * The steps that a database has, looked at with what this code knows.
 *
 * @throws StoreError `newer` when a step that we do not know needs newer code, `changed-migration`
 */
export async function readApplied(sql: Sql, steps: readonly Migration[] = migrations): Promise<readonly AppliedRow[]> {
  // A database of before has no such column.
  const { rows } = await sql.query<AppliedRow>(
    `select id, name, checksum, (to_jsonb(m) ->> 'works_from')::int as works_from from gaffer_migrations m order by id`,
  );
  const known = steps.at(-1)?.id ?? 0;
  for (const [index, row] of rows.entries()) {
    const step = steps[index];
    if (!step && (row.works_from ?? row.id) > known) {
      throw new StoreError(
        'newer',
        `the database was written by a newer Gaffer, and its step ${row.id} ${row.name} leaves nothing that this one could work with: update gaffer-crew`,
      );
    }
    if (step && row.checksum !== checksum(step)) {
      throw new StoreError(
        'changed-migration',
        `schema step ${row.id} (${row.name}) in the database is not the one of this version: use the version that wrote it, or another database`,
      );
    }
  }
  return rows;
}

async function refuseForeign(sql: Sql): Promise<void> {
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
