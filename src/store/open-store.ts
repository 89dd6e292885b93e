import type { DatabaseOptions } from './database/database.ts';
import { openDatabase } from './database/database.ts';
import type { Sql } from './database/sql.ts';
import { createEventStore } from './run/events.ts';
import { createJournal } from './journal/journal.ts';
import { type LeaseHolder, LeaseKeeper } from './leases/lease-keeper.ts';
import type { Journal } from './journal/journal.ts';
import { migrate, migrations, readApplied } from './database/migrate.ts';
import { createExecutionStore } from './service/executions.ts';
import { createRunStore } from './runs.ts';
import { createDeltas } from './service/create-deltas.ts';
import { createFeed } from './service/feed-reader.ts';
import { createTriggerStore } from './service/triggers.ts';
import { createWebhookStore } from './service/webhook-store.ts';
import type { Store } from './store.ts';
import { createAuditStore } from './service/audit.ts';
import { createIdempotencyStore } from './service/idempotency.ts';
import { createFigureStore } from './service/figures.ts';
import { createUsageStore } from './service/usage.ts';
import { createKeyStore } from './service/keys.ts';
import { createTrafficStore } from './service/traffic.ts';

/** A store that also keeps the journal: what a worker needs. */
export interface WorkerStore extends Store {
  readonly journal: Journal;
  /** By connections that are kept for it: what must be written down although everybody wants one. */
  readonly commits: Sql;
  /** Keeps a worker's lease until it is stopped, and sees to those of others. */
  holdLease(holder: LeaseHolder): Pick<LeaseKeeper, 'tellCancelled' | 'leased' | 'stop'>;
  ofTenant(tenant: string): WorkerStore;
}

/**
 * Opens the store behind a PostgreSQL address and brings its schema up to date.
 *
 * @throws StoreError `unreachable`, `foreign`, `newer`, `changed-migration`
 */
export async function openStore(databaseUrl: string, options: DatabaseOptions = {}): Promise<WorkerStore> {
  const database = openDatabase(databaseUrl, options);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const store: WorkerStore = {
    runs: createRunStore(database, null),
    events: createEventStore(database),
    executions: createExecutionStore(database),
    idempotency: createIdempotencyStore(database),
    keys: createKeyStore(database),
    audit: createAuditStore(database),
    traffic: createTrafficStore(database),
    feed: createFeed(database),
    webhooks: createWebhookStore(database),
    triggers: createTriggerStore(database),
    deltas: createDeltas(database),
    usage: createUsageStore(database),
    figures: createFigureStore(database, async () => migrations.length - (await readApplied(database)).length),
    journal: createJournal(database),
    sql: database,
    commits: database.forCommits,
    holdLease: (holder) => new LeaseKeeper(database, holder),
    transaction: (work) => database.transaction(work),
    ofTenant: (tenant) => ({ ...store, runs: createRunStore(database, tenant) }),
    async close() {
      await store.deltas.close();
      await database.close();
    },
  };
  return store;
}
