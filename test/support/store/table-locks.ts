import type { Sql } from '../../../src/store/database/sql.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';

/** A lock in a transaction of the test's own. */
export interface Lock {
  release(): Promise<void>;
}

/** Takes a lock and holds it until it is released. */
export function holdLock(store: WorkerStore, statement: string): Lock {
  let resolve = (): void => undefined;
  const over = new Promise<void>((done) => (resolve = done));
  const held = store.transaction(async (sql: Sql) => {
    await sql.query(statement);
    await over;
  });
  held.catch(() => undefined);
  return {
    async release() {
      resolve();
      await held;
    },
  };
}

/** Whether a statement of this database waits for a lock. `condition` is about `a`, a row of pg_stat_activity. */
export async function hasWaiting({ sql }: WorkerStore, condition: string): Promise<boolean> {
  const { rows } = await sql.query(
    `select 1 from pg_stat_activity a where a.datname = current_database() and a.wait_event_type = 'Lock' and ${condition}`,
  );
  return rows.length > 0;
}

/** Ends the statements that wait: those that a dead worker has sent would otherwise still be carried out. */
export async function endWaiting({ sql }: WorkerStore, condition: string): Promise<void> {
  await sql.query(
    `select pg_terminate_backend(a.pid, 5000) from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and ${condition}`,
  );
}

/** The condition that a statement waits for a table. */
export function waitsFor(table: string): string {
  return `exists (select 1 from pg_locks l where l.pid = a.pid and not l.granted and l.relation = '${table}'::regclass)`;
}
