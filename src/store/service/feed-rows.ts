import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Sql } from '../database/sql.ts';
import type { Story } from './feed.ts';

/** A run's story, by its row. */
export interface StoryRow extends Story {
  no: number;
}

/** What is new of a run; `events` null: the run was removed. */
export interface News {
  no: number;
  events: RunEvent[] | null;
}

interface EventRow {
  seq: number;
  data: RunEvent;
  at: Date;
}

/** Events with a number above `after`, oldest first. */
export async function listEvents(sql: Sql, no: number, after: number, limit: number): Promise<RunEvent[]> {
  const { rows } = await sql.query<EventRow>(
    'select seq, data, at from events where run_no = $1 and seq > $2 order by seq limit $3',
    [no, after, limit],
  );
  return rows.map(toEvent);
}

/** Events of some types, oldest first. */
export async function listEventsOf(
  sql: Sql,
  no: number,
  { types, limit }: { types: readonly string[]; limit: number },
): Promise<RunEvent[]> {
  const { rows } = await sql.query<EventRow>(
    `select seq, data, at from events where run_no = $1 and data ->> 'type' = any($2::text[]) order by seq limit $3`,
    [no, types, limit],
  );
  return rows.map(toEvent);
}

/** Where a run's story stands; undefined: there is no such run. Few events come behind its last one, so that one is found from the end. */
export async function findStory(sql: Sql, runKey: string): Promise<StoryRow | undefined> {
  const { rows } = await sql.query<{ no: number; last_seq: number; final: number | null }>(
    `select no, last_seq, case when ended_at is not null then (
       select seq from events where run_no = runs.no and data->>'type' in ('workflow:results', 'workflow:error')
       order by seq desc limit 1) end as final
     from runs where run_key = $1`,
    [runKey],
  );
  const row = rows[0];
  return row && { no: row.no, lastSeq: row.last_seq, final: row.final };
}

/** Which of these runs are there: a worker has opened them. */
export async function findOpen(sql: Sql, runKeys: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ run_key: string }>('select run_key from runs where run_key = any($1::text[])', [
    runKeys,
  ]);
  return rows.map((row) => row.run_key);
}

/**
 * What is new of runs of which events up to a number are known, at most `limit` events of each.
 *
 * One statement, whose moment is one: a run's number and its events are of the same commit. The subquery keeps to the primary key,
 * however many runs there are and whatever the planner knows of them.
 */
export async function findNews(
  sql: Sql,
  known: readonly { no: number; seq: number }[],
  limit: number,
): Promise<News[]> {
  const { rows } = await sql.query<{ no: number; is_there: boolean } & EventRow>(
    `select k.no, k.last_seq is not null as is_there, e.seq, e.data, e.at
     from (select no, seq, (select last_seq from runs where runs.no = asked.no) as last_seq
       from unnest($1::bigint[], $2::int[]) as asked (no, seq) offset 0) k
     left join lateral (
       select seq, data, at from events where run_no = k.no and seq > k.seq and k.last_seq > k.seq order by seq limit $3) e on true
     where k.last_seq is null or e.seq is not null
     order by k.no, e.seq`,
    [known.map(({ no }) => no), known.map(({ seq }) => seq), limit],
  );
  const news = new Map<number, News>();
  for (const row of rows) {
    const one = news.get(row.no) ?? { no: row.no, events: row.is_there ? [] : null };
    news.set(row.no, one);
    one.events?.push(toEvent(row));
  }
  return [...news.values()];
}

function toEvent({ seq, data, at }: EventRow): RunEvent {
  return { ...data, seq, at: at.toISOString() };
}
