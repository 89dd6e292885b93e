import type { Sql } from '../database/sql.ts';

/** One execution of a workflow. */
export interface Execution {
  workflowId: string;
  runId: string;
}

/** Executions that have a tool in hand. Of those that came to their own end, nothing is at work. */
export async function findToolHolders(sql: Sql, no: number): Promise<Execution[]> {
  const { rows } = await sql.query<Execution>(
    `select distinct holder->>'workflowId' as "workflowId", holder->>'runId' as "runId" from journal
     where run_no = $1 and state = 'intent' and kind = 'tool' and holder->>'workflowId' <> ''`,
    [no],
  );
  return rows;
}
