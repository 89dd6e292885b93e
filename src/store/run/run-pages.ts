import type { RunResult, RunStatus } from '../../domain/run/run-result.ts';
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

/** Which part of the list. */
export interface RunPageFilter {
  limit: number;
  statuses?: readonly RunStatus[];
  workflow?: string;
  /** Only what has, or has not, ended. */
  hasEnded?: boolean;
  after?: RunPosition;
}

/** A part of the list of runs, newest first. */
export async function pageOfRuns(sql: Sql, tenant: string | null, filter: RunPageFilter): Promise<ListedRun[]> {
  const { limit, statuses, workflow, hasEnded, after } = filter;
  const where = new Conditions();
  where.add((value) => `tenant = ${value}`, tenant);
  where.add((value) => `workflow = ${value}`, workflow);
  where.add((value) => `status = any(${value})`, statuses);
  if (hasEnded !== undefined) where.always(`ended_at is ${hasEnded ? 'not null' : 'null'}`);
  if (after?.runKey === null) where.add((at) => `started_at <= ${at}::timestamptz`, after.at);
  else if (after) {
    const [at, key] = [where.value(after.at), where.value(after.runKey)];
    where.always(`(started_at, run_key) < (${at}::timestamptz, ${key})`);
  }
  const { rows } = await sql.query<RawRun & { at: string }>(
    `select ${listedColumns}, ${positionOf('started_at')} as at from runs ${where.text} order by started_at desc, run_key desc limit ${where.value(limit)}`,
    where.values,
  );
  return rows.map(({ at, ...row }) => ({ ...toRun(row), position: { at, runKey: row.run_key } }));
}

/** The newest runs, whole. */
export async function newestRuns(
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
