/**
 * SQL of where results that a run ($1) has from earlier runs come from, for `with recursive`: rows of `origin` have the task's id in the run,
 * and `reused_from`; one for each run on the way.
 */
export const reusedOrigins = `origin as (
       select id as task_id, reused_from from tasks where run_no = $1 and status = 'reused'
       union all
       select o.task_id, t.reused_from from origin o
         join tasks t on ${isOrigin('o', { run: 't.run_no', id: 't.id' })} and t.status = 'reused')`;

/** SQL of whether a row of `origin` comes from a task, by the columns that name its run and its id. */
export function isOrigin(of: string, { run, id }: { run: string; id: string }): string {
  return `${run} = split_part(${of}.reused_from, '/', 1)::bigint and ${id} = substr(${of}.reused_from, strpos(${of}.reused_from, '/') + 1)`;
}
