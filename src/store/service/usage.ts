import { attemptMark } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';

/** Calls of models, what they used, and what they cost in USD. */
interface UsageFigures {
  usd: number;
  tokens: number;
  calls: number;
}

/** The same for one value of what they are told apart by. */
export interface UsageRow extends UsageFigures {
  name: string;
}

/** Which calls: those from the day `since` on and before the day `until`, as `2026-11-30`; days begin at midnight of the time zone, an IANA name. */
interface UsagePeriod {
  since: string;
  until: string;
  timeZone: string;
}

/** What a period cost. `days` has a row for each day with a call, oldest first; the others have what cost most first, at most fifty. */
export interface UsageByWhat {
  days: UsageRow[];
  workflows: UsageRow[];
  agents: UsageRow[];
  models: UsageRow[];
}

/** What calls of models cost, over all runs that are kept. */
export interface UsageStore {
  /** Of one tenant; null: of all. Null comes back where the database does not know the time zone. */
  read(tenant: string | null, period: UsagePeriod): Promise<UsageByWhat | null>;
}

/** Usage behind a connection. */
export function createUsageStore(sql: Sql): UsageStore {
  return {
    async read(tenant, { since, until, timeZone }) {
      const zones = await sql.query('select from pg_timezone_names where lower(name) = lower($1)', [timeZone]);
      if (zones.rows.length === 0) return null;
      const { rows } = await sql.query<RawRow>(usageText, [since, until, timeZone, tenant]);
      const of = (kind: RawRow['kind']): UsageRow[] => rows.filter((row) => row.kind === kind).map(toRow);
      const bySize = (kind: RawRow['kind']): UsageRow[] =>
        of(kind)
          .toSorted((one, other) => other.usd - one.usd || other.tokens - one.tokens)
          .slice(0, 50);
      return {
        days: of('day').toSorted((one, other) => (one.name < other.name ? -1 : 1)),
        ...{ workflows: bySize('workflow'), agents: bySize('agent'), models: bySize('model') },
      };
    },
  };
}

interface RawRow {
  kind: 'day' | 'workflow' | 'agent' | 'model';
  name: string;
  nano: number;
  tokens: number;
  calls: number;
}

function toRow({ name, nano, tokens, calls }: RawRow): UsageRow {
  return { name, usd: toUsd(nano), tokens, calls };
}

// What a nested run cost counts in its own calls, not once more in the task that it was. An agent that undoes or helps has no task of its own.
const usageText = `
with paid as materialized (
  select m.run_no, split_part(m.call_key, '${attemptMark}', 1) as worker, m.call_key, m.created_at, m.cost_nano as nano,
    (m.usage ->> 'inputTokens')::bigint + (m.usage ->> 'outputTokens')::bigint
      + coalesce((m.usage ->> 'cacheReadTokens')::bigint, 0) + coalesce((m.usage ->> 'cacheWriteTokens')::bigint, 0) as tokens
  from messages m
  where m.created_at >= $1::timestamp at time zone $3 and m.created_at < $2::timestamp at time zone $3 and m.cost_nano is not null and m.usage is not null
    and (m.usage -> 'nested') is null and ($4::text is null or m.run_no in (select no from runs where tenant = $4))),
told as (
  select p.*, r.workflow, coalesce(t.agent, 'others') as agent, coalesce(e.data ->> 'model', 'unknown') as model
  from paid p join runs r on r.no = p.run_no
  left join tasks t on t.run_no = p.run_no and t.id = p.worker
  left join events e on e.run_no = p.run_no and e.key = 'invoke/' || p.call_key)
select case when grouping(day) = 0 then 'day' when grouping(workflow) = 0 then 'workflow' when grouping(agent) = 0 then 'agent' else 'model' end as kind,
  coalesce(day, workflow, agent, model) as name, sum(nano)::bigint as nano, sum(tokens)::bigint as tokens, count(*)::int as calls
from (select told.*, to_char(created_at at time zone $3, 'YYYY-MM-DD') as day from told) d
group by grouping sets ((day), (workflow), (agent), (model))`;
