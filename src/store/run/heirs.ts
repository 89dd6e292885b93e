import type { Sql } from '../database/sql.ts';

/** Keys of a run and of all that go on from it, from one to the next, as far as these have ended. */
export async function listHeirs(sql: Sql, no: number): Promise<string[]> {
  const { rows } = await sql.query<{ runKey: string }>(
    `with recursive line as (
       select no, run_key from runs where no = $1
       union
       select r.no, r.run_key from runs r join line on r.lineage ->> 'runKey' = line.run_key where r.lineage is not null)
     select line.run_key as "runKey" from line join runs using (no) where runs.result is not null order by line.no`,
    [no],
  );
  return rows.map(({ runKey }) => runKey);
}
