import type { AgentRecord } from '../../domain/evaluation/choose-agent.ts';
import type { Sql } from '../database/sql.ts';
import { wasJudged } from './was-judged.ts';

/** How many of the newest evaluated runs are looked at. */
const mostRuns = 200;

/**
 * What checks gave tasks of agents, by their names, in the newest evaluations of earlier runs of the same tenant, of any workflow; those of replays do not count, nor
 * do results that were taken over. `no`: the run that asks.
 */
export async function agentRecords(sql: Sql, no: number, agents: readonly string[]): Promise<Map<string, AgentRecord>> {
  const { rows } = await sql.query<AgentRecord & { agent: string }>(
    // From evaluations to runs: most runs have none.
    `with newest as (
       select distinct on (e.run_no) e.run_no, e.evaluation from evaluations e join runs r on r.no = e.run_no
       where e.run_no < $1 and r.launch -> 'cassette' is null
         and r.tenant = (select tenant from runs where no = $1)
         and r.launch ->> 'model' is not distinct from (select launch ->> 'model' from runs where no = $1)
       order by e.run_no desc, e.at desc, e.by_run desc limit ${mostRuns})
     select task.value ->> 'agent' as agent, count(*)::int as scores, avg((task.value ->> 'score')::double precision) as mean
     from newest, json_each(newest.evaluation -> 'tasks') task
     where task.value ->> 'agent' = any($2) and task.value ->> 'score' is not null
       and task.value ->> 'status' <> 'reused' and ${wasJudged('task.value')} group by 1`,
    [no, agents],
  );
  return new Map(rows.map(({ agent, ...record }) => [agent, record]));
}
