import type { AgentStats } from '../../domain/evaluation/agent-stats.ts';
import { attemptMark } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest runs are looked at. */
const mostRuns = 1000;

/** What an agent of that name did over all runs of a tenant (null: of all), the newest thousand that it had a task in. Replays say nothing new, and do not count. */
export async function agentStats(sql: Sql, tenant: string | null, agent: string): Promise<AgentStats> {
  const { rows } = await sql.query<StatsRow>(
    `with own as (
       select run_no, id, status, attempts, duration_ms from tasks t
       where agent = $1 and width is null and status in ('succeeded', 'failed', 'compensated') and attempts > 0
         and run_no in (
           select distinct run_no from tasks join runs r on r.no = run_no
           where agent = $1 and ($2::text is null or r.tenant = $2) and r.launch -> 'cassette' is null order by run_no desc limit ${mostRuns})),
     paid as (
       select coalesce(sum(m.cost_nano), 0)::bigint as nano,
         coalesce(sum((m.usage ->> 'inputTokens')::bigint + (m.usage ->> 'outputTokens')::bigint
           + (m.usage ->> 'cacheReadTokens')::bigint + (m.usage ->> 'cacheWriteTokens')::bigint), 0)::bigint as tokens
       from messages m join own on own.run_no = m.run_no and own.id = split_part(m.call_key, '${attemptMark}', 1)
       where m.role = 'assistant' and m.usage is not null),
     newest as (
       select distinct on (e.run_no) e.evaluation from evaluations e
       where e.run_no in (select run_no from own) order by e.run_no, e.at desc),
     scored as (
       select (task.value ->> 'score')::double precision as score
       from newest, json_each(newest.evaluation -> 'tasks') task where task.value ->> 'agent' = $1
         and task.value ->> 'score' is not null and task.value ->> 'status' <> 'reused')
     select count(distinct run_no)::int as runs, count(*)::int as tasks,
       (count(*) filter (where status <> 'failed'))::int as succeeded, coalesce(sum(attempts), 0)::int as attempts,
       coalesce(sum(duration_ms), 0)::bigint as duration, (select nano from paid) as nano, (select tokens from paid) as tokens,
       (select count(*)::int from scored) as scores, (select avg(score) from scored) as mean, (select min(score) from scored) as least
     from own`,
    [agent, tenant],
  );
  return toStats(agent, rows[0]!);
}

interface StatsRow {
  runs: number;
  tasks: number;
  succeeded: number;
  attempts: number;
  duration: number;
  nano: number;
  tokens: number;
  scores: number;
  mean: number | null;
  least: number | null;
}

function toStats(agent: string, row: StatsRow): AgentStats {
  const { runs, tasks, succeeded, attempts, duration, nano, tokens, scores, mean, least } = row;
  const costUsd = toUsd(nano);
  const each = (all: number): number => (tasks === 0 ? 0 : all / tasks);
  return {
    ...{ agent, runs, tasks, succeeded, successRate: each(succeeded), attempts },
    ...{ meanDurationMs: Math.round(each(duration)), costUsd, meanCostUsd: each(costUsd), tokens },
    scores: { count: scores, mean: mean === null ? null : Math.round(mean * 10) / 10, least },
  };
}
