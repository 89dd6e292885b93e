import type { Database } from '../database/database.ts';
import type { RunStore } from '../store.ts';

// Any number does that no other lock in this database begins with ("trn" in ASCII).
const lockSpace = 0x74726e;

/** See `RunStore.inTurn`. */
export function inTurnOf(database: Database): Pick<RunStore, 'inTurn'> {
  return {
    inTurn: (name, work) =>
      database.transaction(async (sql) => {
        await sql.query('select pg_advisory_xact_lock($1::int, hashtext($2))', [lockSpace, name]);
        return work();
      }),
  };
}
