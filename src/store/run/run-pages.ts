import type { RunLabels } from '../../domain/run-labels.ts';
import type { RunResult, RunStatus } from '../../domain/run/run-result.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { listedColumns, type RawRun, runColumns, type RunRow, toRun } from './run-row.ts';

/*
 * P1 A place in the list is when a run began and its key: nothing of it ever changes, so nothing stands twice or is left out,
 *    whatever begins or is removed meanwhile. A row number would say how many runs others have.
 * P2 Conditions are left out, not made true: a prepared statement has one plan for all who ask.
 */

/** A place in the list: what stands behind it began before, or at that very time and its key is less. `at`: ISO 8601, in microseconds. */
export interface RunPosition {
  at: string;
  /** Null: the place is before all that began at that time. */
  runKey: string | null;
}

/** A run as a list tells it: of its result no more than the summary. */
export interface ListedRun extends Omit<RunRow, 'result'> {
  result: Pick<RunResult, 'summary'> | null;
  position: RunPosition;
}

/** Which runs. */
export interface RunWhere {
  statuses?: readonly RunStatus[];
  /** With `statuses`: those, and these. */
  runKeys?: readonly string[];
  workflow?: string;
  schedule?: string;
  /** Has all of them. */
  labels?: RunLabels;
  /** Each of them stands in its id, its workflow's name, its labels or its reason, whatever the case. */
  words?: readonly string[];
  /** Began then or later, ISO 8601. */
  since?: string;
  /** Began before that. */
  until?: string;
  /** Only what has, or has not, ended. */
  hasEnded?: boolean;
  /** No tasks of other runs. */
  isWhole?: true;
}

/** Which part of the list. */
export interface RunPageFilter extends RunWhere {
  limit: number;
  after?: RunPosition;
  /** The oldest ones, oldest first. */
  isOldestFirst?: true;
}

/** Lists of a tenant's runs; null: of all. */
export function runLists(sql: Sql, tenant: string | null) {
  return {
    list: (filter: { limit?: number; workflow?: string } = {}) => newestRuns(sql, tenant, filter),
    page: (filter: RunPageFilter) => pageOfRuns(sql, tenant, filter),
    count: (filter: RunWhere) => countRuns(sql, tenant, filter),
  };
}

/** A part of the list of runs, newest first unless asked otherwise. */
async function pageOfRuns(sql: Sql, tenant: string | null, filter: RunPageFilter): Promise<ListedRun[]> {
  const { limit, after, isOldestFirst } = filter;
  const order = isOldestFirst ? '' : ' desc';
  const where = conditionsOf(tenant, filter);
  if (after?.runKey === null) where.add((at) => `started_at <= ${at}::timestamptz`, after.at);
  else if (after) {
    const [at, key] = [where.value(after.at), where.value(after.runKey)];
    where.always(`(started_at, run_key) < (${at}::timestamptz, ${key})`);
  }
  const { rows } = await sql.query<RawRun & { at: string }>(
    `select ${listedColumns}, ${positionOf('started_at')} as at from runs ${where.text} order by started_at${order}, run_key${order} limit ${where.value(limit)}`,
    where.values,
  );
  return rows.map(({ at, ...row }) => ({ ...toRun(row), position: { at, runKey: row.run_key } }));
}

/** How many runs there are of each status, as the store knows it. */
async function countRuns(sql: Sql, tenant: string | null, filter: RunWhere): Promise<Map<RunStatus, number>> {
  const where = conditionsOf(tenant, filter);
  const { rows } = await sql.query<{ status: RunStatus; runs: number }>(
    `select status, count(*)::int as runs from runs ${where.text} group by status`,
    where.values,
  );
  return new Map(rows.map(({ status, runs }) => [status, runs]));
}

function conditionsOf(tenant: string | null, filter: RunWhere): Conditions {
  const { statuses, runKeys, labels, hasEnded, words = [] } = filter;
  const where = new Conditions();
  where.add((value) => `tenant = ${value}`, tenant);
  where.add((value) => `workflow = ${value}`, filter.workflow);
  where.add((value) => `schedule = ${value}`, filter.schedule);
  if (statuses && runKeys)
    where.always(`(status = any(${where.value(statuses)}) or run_key = any(${where.value(runKeys)}))`);
  else where.add((value) => `status = any(${value})`, statuses);
  where.add((value) => `labels @> ${value}::jsonb`, labels && toJsonb(labels));
  for (const word of words) where.add((value) => `strpos(${searchedText}, lower(${value})) > 0`, word);
  where.add((value) => `started_at >= ${value}::timestamptz`, filter.since);
  where.add((value) => `started_at < ${value}::timestamptz`, filter.until);
  if (hasEnded !== undefined) where.always(`ended_at is ${hasEnded ? 'not null' : 'null'}`);
  if (filter.isWhole) where.always('parent_no is null');
  return where;
}

// Between them what nobody types, so that no word is found across two of them.
const searchedText =
  "lower(run_id || E'\\n' || workflow || E'\\n' || coalesce(reason, '') || E'\\n' || coalesce((select string_agg(l.key || '=' || l.value, E'\\n') from jsonb_each_text(labels) l), ''))";

/** The newest runs, whole. */
async function newestRuns(
  sql: Sql,
  tenant: string | null,
  { workflow, limit = 50 }: { limit?: number; workflow?: string },
): Promise<RunRow[]> {
  const where = new Conditions();
  where.add((value) => `tenant = ${value}`, tenant);
  where.add((value) => `workflow = ${value}`, workflow);
  const { rows } = await sql.query<RawRun>(
    `select ${runColumns} from runs ${where.text} order by no desc limit ${where.value(limit)}`,
    where.values,
  );
  return rows.map(toRun);
}

/** The place before everything that begins from now on. */
export async function positionNow(sql: Sql): Promise<RunPosition> {
  const { rows } = await sql.query<{ at: string }>(`select ${positionOf('clock_timestamp()')} as at`);
  return { at: rows[0]!.at, runKey: null };
}

function positionOf(time: string): string {
  return `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Conditions of a statement, with their values. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #texts: string[] = [];

  /** The parameter that stands for a value. */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** One that holds for a value; left out where there is none. */
  add(toText: (value: string) => string, value: unknown): void {
    if (value !== undefined && value !== null) this.#texts.push(toText(this.value(value)));
  }

  always(text: string): void {
    this.#texts.push(text);
  }

  get text(): string {
    return this.#texts.length > 0 ? `where ${this.#texts.join(' and ')}` : '';
  }
}
