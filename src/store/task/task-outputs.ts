import type { JsonValue } from '../../domain/json.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import { loadTexts } from './task-facts.ts';

/** What came out of an execution of a task that has ended. */
export interface OutputRow {
  id: string;
  /** Its id in the plan. */
  task: string;
  status: TaskStatus;
  iteration: number;
  /** Its last answer, whole; empty: it gave none. */
  output: string;
  /** What a structured answer was parsed to; left out: its text is what counts. */
  value?: JsonValue;
}

/** Outputs of a run's executions that have ended, in the order in which they began. */
export async function listOutputs(sql: Sql, no: number): Promise<OutputRow[]> {
  const { rows } = await sql.query<Omit<OutputRow, 'output'> & { head: string | null; isParsed: boolean }>(
    `select id, task, status, iteration, head, output as value, output is not null as "isParsed" from tasks
     where run_no = $1 and (ended_no is not null or status = 'compensated') and width is null
     order by coalesce(started_no, ended_no), item, id`,
    [no],
  );
  const texts = await loadTexts(
    sql,
    rows.flatMap(({ head }) => head ?? []),
  );
  return rows.map(({ head, isParsed, value, ...row }) => ({
    ...row,
    output: isParsed ? JSON.stringify(value) : ((head && texts.get(head)) ?? ''),
    ...(isParsed && { value: value! }),
  }));
}
