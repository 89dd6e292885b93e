import type { AgentRecord } from '../../domain/evaluation/choose-agent.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest evaluated runs are looked at. */
const mostRuns = 200;

/** What the newest evaluations of earlier runs, of any workflow, gave tasks of agents, by their names; those of replays do not count. `no`: the run that asks. */
export async function agentRecords(sql: Sql, no: number, agents: readonly string[]): Promise<Map<string, AgentRecord>> {
  const { rows } = await sql.query<AgentRecord & { agent: string }>(
    `with newest as (
       select e.evaluation from runs own
       join runs r on r.no < own.no and r.launch ->> 'model' is not distinct from own.launch ->> 'model' and r.launch -> 'cassette' is null
       join lateral (select evaluation from evaluations where run_no = r.no order by at desc, by_run desc limit 1) e on true
       where own.no = $1 order by r.no desc limit ${mostRuns})
     select task.value ->> 'agent' as agent, count(*)::int as scores, avg((task.value ->> 'score')::double precision) as mean
     from newest, json_each(newest.evaluation -> 'tasks') task
     where task.value ->> 'agent' = any($2) and task.value ->> 'score' is not null group by 1`,
    [no, agents],
  );
  return new Map(rows.map(({ agent, ...record }) => [agent, record]));
}
