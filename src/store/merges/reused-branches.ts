import type { Sql } from '../database/sql.ts';
import { isOrigin, reusedOrigins } from '../run/reused-origins.ts';
import type { MergeBranch } from './merge-branches.ts';

/** The branch of a task whose result a run has from an earlier one. */
export interface ReusedBranch extends Pick<MergeBranch, 'status' | 'branch' | 'target' | 'reason'> {
  /** The task's id in the run that has the result. */
  taskId: string;
  /** The run whose branch it is, and the task's id there. */
  runKey: string;
  runId: string;
  ownId: string;
}

/** Branches of tasks whose results a run has from earlier ones, in the order in which these tasks ended. */
export async function listReusedMerges(sql: Sql, no: number): Promise<ReusedBranch[]> {
  const { rows } = await sql.query<ReusedBranch>(
    `with recursive ${reusedOrigins}
     select o.task_id as "taskId", r.run_key as "runKey", r.run_id as "runId", b.task_id as "ownId", b.status, b.branch, b.target, b.reason
     from origin o join merge_branches b on ${isOrigin('o', { run: 'b.run_no', id: 'b.task_id' })} and b.branch <> ''
       join runs r on r.no = b.run_no
     order by b.no`,
    [no],
  );
  return rows;
}
