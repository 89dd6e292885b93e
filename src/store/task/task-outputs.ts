import type { JsonValue } from '../../domain/json.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import { loadTexts } from './task-facts.ts';

/** An execution of a task that has ended. */
export interface EndedRow {
  id: string;
  /** Its id in the plan. */
  task: string;
  status: TaskStatus;
  iteration: number;
}

/** What came out of it. */
export interface OutputRow extends EndedRow {
  /** Its last answer, whole; empty: it gave none. */
  output: string;
  /** What a structured answer was parsed to; left out: its text is what counts. */
  value?: JsonValue;
}

/** A run's executions that have ended, in the order in which they began. */
export async function listEnded(sql: Sql, no: number): Promise<EndedRow[]> {
  const { rows } = await sql.query<EndedRow>(
    `select id, task, status, iteration from tasks
     where run_no = $1 and (ended_no is not null or status = 'compensated') and width is null
     order by coalesce(started_no, ended_no), item, id`,
    [no],
  );
  return rows;
}

/** Outputs of executions, in the order of `ids`: answers are large, so only of those that somebody wants. */
export async function loadOutputs(sql: Sql, no: number, ids: readonly string[]): Promise<OutputRow[]> {
  const { rows } = await sql.query<EndedRow & { head: string | null; isParsed: boolean; value: JsonValue }>(
    `select id, task, status, iteration, head, output as value, output is not null as "isParsed" from tasks
     where run_no = $1 and id = any($2) order by array_position($2::text[], id)`,
    [no, ids],
  );
  const heads = rows.flatMap(({ head, isParsed }) => (isParsed || head === null ? [] : [head]));
  const texts = await loadTexts(sql, heads);
  return rows.map(({ head, isParsed, value, ...row }) => ({
    ...row,
    output: isParsed ? JSON.stringify(value) : ((head && texts.get(head)) ?? ''),
    ...(isParsed && { value }),
  }));
}
