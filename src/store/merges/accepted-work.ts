import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

/** How a run and executions of it stand. */
export interface WorkSoFar {
  /** Whether the run has ended: what its tasks are then they stay. */
  isOver: boolean;
  statuses: Map<string, TaskStatus>;
}

/** How executions of a run stand, as far as they have begun. */
export async function workSoFar(sql: Sql, no: number, taskIds: readonly string[]): Promise<WorkSoFar> {
  const { rows } = await sql.query<{ isOver: boolean; id: string | null; status: TaskStatus }>(
    `select r.ended_at is not null as "isOver", t.id, t.status from runs r left join tasks t on t.run_no = r.no and t.id = any($2)
     where r.no = $1`,
    [no, taskIds],
  );
  const statuses = new Map(rows.flatMap(({ id, status }) => (id === null ? [] : [[id, status] as const])));
  return { isOver: rows[0]?.isOver ?? false, statuses };
}
