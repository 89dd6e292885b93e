import type { Sql } from '../database/sql.ts';

/** How long tasks took, in ms: the median of the last five runs of that workflow and its tenant in which they succeeded. Tasks without one are left out. */
export async function loadWeights(
  sql: Sql,
  { no, workflow, tasks }: { no: number; workflow: string; tasks: readonly string[] },
): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: string; weight: number }>(
    `select t.id, percentile_cont(0.5) within group (order by t.duration_ms) as weight
     from tasks t where t.status = 'succeeded' and t.id = any($3)
       and t.run_no in (select r.no from runs r where r.tenant = (select tenant from runs where no = $1) and r.workflow = $2 and r.no <> $1 order by r.no desc limit 5)
     group by t.id`,
    [no, workflow, tasks],
  );
  return new Map(rows.map(({ id, weight }) => [id, weight]));
}
