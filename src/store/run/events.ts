import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Database } from '../database/database.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { runNo } from '../runs.ts';
import { listEvents, listEventsOf } from '../service/feed-rows.ts';
import type { EventStore } from '../store.ts';
import { RunStates } from './run-states.ts';

/** Longest text of an event in characters: an event stays under 8 kB. */
const maxText = 2000;

/** Events in PostgreSQL. */
export function createEventStore(database: Database): EventStore {
  const states = new RunStates(database);
  return {
    async append(runKey, events) {
      const no = await runNo(database, runKey);
      await database.transaction(async (sql) => {
        // Whoever tells the same at once takes turns here, as nobody would come again for them.
        await sql.query('select 1 from runs where no = $1 for update', [no]);
        await appendNew(sql, no, events);
      });
    },
    async list(runKey, after = 0, limit = 1000) {
      return listEvents(database, await runNo(database, runKey), after, limit);
    },
    async listOf(runKey, types, limit) {
      return listEventsOf(database, await runNo(database, runKey), { types, limit });
    },
    state: async (runKey) => states.of(await runNo(database, runKey)),
  };
}

/**
 * Appends events that nobody can have written before: their writer holds the journal row that guards them.
 *
 * The run's row is updated here, so call it last in the transaction: commit order is number order.
 */
export async function appendGuarded(sql: Sql, no: number, events: RunEventDraft[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `with bump as (update runs set last_seq = last_seq + $2 where no = $1 returning last_seq - $2 as base)
     insert into events (run_no, seq, key, data)
     select $1, bump.base + e.ordinality, e.key, e.data
     from bump, unnest($3::text[], $4::jsonb[]) with ordinality as e (key, data, ordinality)`,
    [no, events.length, events.map((event) => event.key), events.map(toData)],
  );
}

/**
 * Appends those events whose key is not there yet.
 *
 * Of two writers of the same event at once the later one fails on its key, with all that is in its transaction: it comes again and
 * finds the event there.
 */
export async function appendNew(sql: Sql, no: number, events: RunEventDraft[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `with fresh as (
       select e.key, e.data, row_number() over (order by e.ordinality) as place
       from unnest($2::text[], $3::jsonb[]) with ordinality as e (key, data, ordinality)
       where not exists (select 1 from events known where known.run_no = $1 and known.key = e.key)),
     bump as (
       update runs set last_seq = last_seq + (select count(*) from fresh) where no = $1 and exists (select 1 from fresh)
       returning last_seq - (select count(*) from fresh) as base)
     insert into events (run_no, seq, key, data) select $1, bump.base + fresh.place, fresh.key, fresh.data from bump, fresh`,
    [no, events.map((event) => event.key), events.map(toData)],
  );
}

/** Whether a run's story has an event of that key. */
export async function isTold(sql: Sql, no: number, key: string): Promise<boolean> {
  const told = await sql.query('select 1 from events where run_no = $1 and key = $2', [no, key]);
  return told.rows.length > 0;
}

/** How many tool calls of each worker of a run did not run, as they were forbidden; those of none are left out. */
export async function countRefused(sql: Sql, no: number): Promise<{ id: string; count: number }[]> {
  const { rows } = await sql.query<{ id: string; count: number }>(
    `select data ->> 'taskId' as id, count(*)::int as count from events
     where run_no = $1 and data ->> 'type' = 'tool:result' and data ? 'isRefused' group by 1`,
    [no],
  );
  return rows;
}

/** An event as its row holds it: without its key, long texts shortened. */
export function toData({ key: _key, ...body }: RunEventDraft): string {
  const short = Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? shorten(value) : value]);
  return toJsonb(Object.fromEntries(short));
}

function shorten(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}… (${text.length} characters)` : text;
}
