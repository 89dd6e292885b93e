import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';
import { listedColumns, type RawRun, toRun, type RunRow } from './run-row.ts';

/*
 * What a first page tells of all runs of one tenant (null: of all).
 *
 * O1 Each question is bounded: by the runs that are open, by a day, or by a count. What ended before is not read.
 * O2 Runs that are tasks of others are not told of by themselves: what they cost is counted where it was paid, once.
 */

/** What is known of a run that has not ended, beside its row. Money in USD. */
export interface OpenFacts {
  /** When something last happened in it, ISO 8601. */
  lastAt: string;
  limitUsd: number;
}

/** How far a run is. `total`: as many as are known of by now. */
interface TaskCounts {
  done: number;
  failed: number;
  total: number;
}

/** A run that failed, ended in part, or was stopped, and the first of its tasks that failed. */
interface FailedRow {
  row: RunRow;
  tasks: { id: string; error: string | null }[];
}

/** What was spent since a time, and what the runs that are open may still spend. In USD. */
interface Spend {
  spentUsd: number;
  /** Held back for calls under way. */
  reservedUsd: number;
  /** Limits of open runs together. */
  limitUsd: number;
  /** What is left of the limits of open runs. */
  leftUsd: number;
}

/** What a first page asks of the store. */
export interface OverviewStore {
  facts: (runKeys: readonly string[]) => Promise<Map<string, OpenFacts>>;
  counts: (runKeys: readonly string[]) => Promise<Map<string, TaskCounts>>;
  /** Newest end first. */
  failed(filter: { since: string; limit: number }): Promise<{ rows: FailedRow[]; count: number }>;
  spend(since: string): Promise<Spend>;
  /** Which of these ids the store has a run of, open or not. */
  known: (runIds: readonly string[]) => Promise<Set<string>>;
}

/** Those of a tenant; null: of all. */
export function createOverviewStore(sql: Sql, tenant: string | null): OverviewStore {
  return {
    facts: (runKeys) => factsOf(sql, runKeys),
    counts: (runKeys) => countsOf(sql, runKeys),
    failed: (filter) => failedRuns(sql, tenant, filter),
    spend: (since) => spendSince(sql, tenant, since),
    async known(runIds) {
      const { rows } = await sql.query<{ run_id: string }>('select distinct run_id from runs where run_id = any($1)', [
        runIds,
      ]);
      return new Set(rows.map((row) => row.run_id));
    },
  };
}

async function factsOf(sql: Sql, runKeys: readonly string[]): Promise<Map<string, OpenFacts>> {
  const { rows } = await sql.query<{ run_key: string; last_at: Date; limit_nano: number }>(
    `select r.run_key, r.limit_nano,
       coalesce((select e.at from events e where e.run_no = r.no and e.seq = r.last_seq), r.started_at) as last_at
     from runs r where r.run_key = any($1)`,
    [runKeys],
  );
  return new Map(
    rows.map((row) => [row.run_key, { lastAt: row.last_at.toISOString(), limitUsd: toUsd(row.limit_nano) }]),
  );
}

// A group of a `for_each` is its members, and a task that is done again is one.
async function countsOf(sql: Sql, runKeys: readonly string[]): Promise<Map<string, TaskCounts>> {
  const { rows } = await sql.query<{ run_key: string } & TaskCounts>(
    `select r.run_key, t.done, t.failed, greatest(t.done, (
         select coalesce((e.data ->> 'taskCount')::int, 0) from events e where e.run_no = r.no and e.seq = 1
       ) + t.added + t.members) as total
     from runs r cross join lateral (
       select count(distinct (t.task, t.item)) filter (where t.ended_no is not null and t.width is null and t.status <> 'cancelled')::int as done,
         count(distinct (t.task, t.item)) filter (where t.status = 'failed' and t.width is null)::int as failed,
         count(distinct t.task) filter (where t.definition is not null)::int as added,
         coalesce(sum(t.width - 1) filter (where t.iteration = 1), 0)::int as members
       from tasks t where t.run_no = r.no) t
     where r.run_key = any($1)`,
    [runKeys],
  );
  return new Map(rows.map(({ run_key: key, done, failed, total }) => [key, { done, failed, total: total ?? done }]));
}

const failedText = `status in ('failed', 'partial', 'stopped') and parent_no is null`;

async function failedRuns(
  sql: Sql,
  tenant: string | null,
  { since, limit }: { since: string; limit: number },
): Promise<{ rows: FailedRow[]; count: number }> {
  const where = `${failedText} and ended_at >= $1::timestamptz ${tenant === null ? '' : 'and tenant = $2'}`;
  const values = tenant === null ? [since] : [since, tenant];
  const [counted, found] = await Promise.all([
    sql.query<{ runs: number }>(`select count(*)::int as runs from runs where ${where}`, values),
    sql.query<RawRun & { failed_tasks: FailedRow['tasks'] | null }>(
      `select ${listedColumns}, (
         select json_agg(f) from (
           select t.id, left(t.error, 1000) as error from tasks t
           where t.run_no = runs.no and t.status = 'failed' order by t.ended_no limit 3) f) as failed_tasks
       from runs where ${where} order by ended_at desc limit $${values.length + 1}`,
      [...values, limit],
    ),
  ]);
  const rows = found.rows.map(({ failed_tasks: tasks, ...row }) => ({ row: toRun(row), tasks: tasks ?? [] }));
  return { rows, count: counted.rows[0]!.runs };
}

// O2
async function spendSince(sql: Sql, tenant: string | null, since: string): Promise<Spend> {
  const own = tenant === null ? '' : 'and r.tenant = $2';
  const values = tenant === null ? [since] : [since, tenant];
  const { rows } = await sql.query<{ spent: number; reserved: number; limits: number; left: number }>(
    `select (
         select coalesce(sum(m.cost_nano), 0)::float8 from runs r join messages m on m.run_no = r.no
         where (r.ended_at is null or r.ended_at >= $1::timestamptz) ${own}
           and m.created_at >= $1::timestamptz and m.cost_nano is not null and (m.usage -> 'nested') is null) as spent,
       coalesce(sum(r.reserved_nano), 0)::float8 as reserved,
       coalesce(sum(r.limit_nano), 0)::float8 as limits,
       coalesce(sum(greatest(0, r.limit_nano - r.spent_nano)), 0)::float8 as left
     from runs r where r.ended_at is null and r.parent_no is null ${own}`,
    values,
  );
  const { spent, reserved, limits, left } = rows[0]!;
  return { spentUsd: spent / 1e9, reservedUsd: reserved / 1e9, limitUsd: limits / 1e9, leftUsd: left / 1e9 };
}
