import type { AgentRun, AgentUse } from '../../domain/evaluation/agent-use.ts';
import { attemptMark } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest runs are looked at. */
const mostRuns = 500;
const mostListed = 50;

// From runs to tasks: no index finds tasks by their agent, and every turn would pay for one. Replays say nothing new.
const ownTasks = (tenant: string | null, agent: string | undefined): string => `newest as (
    select no, run_id, workflow, status, started_at, plan_hash from runs
    where ${tenant === null ? '' : 'tenant = $1 and'} launch -> 'cassette' is null order by started_at desc, run_key desc limit ${mostRuns}),
  own as (
    select t.run_no, t.id, t.task, t.agent, t.status, t.attempts, t.duration_ms from newest join tasks t on t.run_no = newest.no
    where ${agent === undefined ? '' : `t.agent = $${tenant === null ? 1 : 2} and`} t.width is null and t.status in ('succeeded', 'failed', 'compensated') and t.attempts > 0),
  paid as (
    select own.run_no, own.id, sum(m.cost_nano)::bigint as nano from own join messages m on m.run_no = own.run_no
      and m.cost_nano is not null and split_part(m.call_key, '${attemptMark}', 1) = own.id group by 1, 2)`;

const valuesOf = (tenant: string | null, agent: string | undefined): string[] =>
  [tenant, agent].filter((each) => each !== null && each !== undefined);

/** What agents did in the newest runs of a tenant (null: of all), by the model that answered; with `agent` that one alone. */
export async function agentUse(sql: Sql, tenant: string | null, agent?: string): Promise<AgentUse[]> {
  const { rows } = await sql.query<UseRow>(
    `with ${ownTasks(tenant, agent)},
     planned as (
       select plans.hash, each.key as agent, each.value ->> 'model' as model from plans
         cross join lateral json_each(plans.plan -> 'agents') each where plans.hash in (select plan_hash from newest)),
     chosen as (
       select distinct on (c.run_no, c.id) c.run_no, c.id, c.model from model_choices c join newest on newest.no = c.run_no
       order by c.run_no, c.id, c.epoch desc, c.attempt desc)
     select own.agent, coalesce(chosen.model, planned.model, '') as model, count(distinct own.run_no)::int as runs, count(*)::int as tasks,
       (count(*) filter (where own.status <> 'failed'))::int as succeeded, coalesce(avg(own.duration_ms), 0)::double precision as duration,
       coalesce(sum(paid.nano), 0)::bigint as nano
     from own join newest on newest.no = own.run_no
       left join planned on planned.hash = newest.plan_hash and planned.agent = own.agent
       left join chosen on chosen.run_no = own.run_no and chosen.id = own.id
       left join paid on paid.run_no = own.run_no and paid.id = own.id
     group by 1, 2 order by 1, nano desc, 2`,
    valuesOf(tenant, agent),
  );
  return rows.map(({ duration, nano, ...rest }) => ({
    ...rest,
    ...{ meanDurationMs: Math.round(duration), costUsd: toUsd(nano) },
  }));
}

/** The newest runs in which an agent did something, newest first. */
export async function agentRuns(sql: Sql, tenant: string | null, agent: string): Promise<AgentRun[]> {
  const { rows } = await sql.query<RunOfAgent>(
    `with ${ownTasks(tenant, agent)}
     select run_id, workflow, newest.status, started_at, count(*)::int as tasks,
       (count(*) filter (where own.status = 'failed'))::int as failed, coalesce(sum(paid.nano), 0)::bigint as nano
     from own join newest on newest.no = own.run_no left join paid on paid.run_no = own.run_no and paid.id = own.id
     group by newest.no, 1, 2, 3, 4 order by started_at desc, newest.no desc limit ${mostListed}`,
    valuesOf(tenant, agent),
  );
  return rows.map(({ run_id: runId, started_at: at, nano, ...rest }) => ({
    ...{ runId, ...rest, startedAt: at.toISOString(), costUsd: toUsd(nano) },
  }));
}

interface UseRow {
  agent: string;
  model: string;
  runs: number;
  tasks: number;
  succeeded: number;
  duration: number;
  nano: number;
}

interface RunOfAgent {
  run_id: string;
  workflow: string;
  status: string;
  started_at: Date;
  tasks: number;
  failed: number;
  nano: number;
}
