import type { PastRun, WorkflowHistory } from '../../domain/evaluation/workflow-history.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';

/** How many of the newest runs of a workflow are looked at. */
const mostRuns = 200;

// The index of a workflow's runs begins with the tenant, so each statement has it only where there is one.
const ofTenant = (tenant: string | null): string => (tenant === null ? '' : 'tenant = $2 and');
const durationMs = 'extract(epoch from ended_at - started_at) * 1000';

/** What the newest runs of each workflow took. Replays took nothing, and do not count. */
export async function workflowHistories(
  sql: Sql,
  tenant: string | null,
  workflows: readonly string[],
): Promise<WorkflowHistory[]> {
  if (workflows.length === 0) return [];
  const { rows } = await sql.query<HistoryRow>(
    `select name as workflow, h.runs, h.ended, h.succeeded, h.p50, h.p95, h.nano, h.run_id, h.status, h.at from unnest($1::text[]) name cross join lateral (
       select count(*)::int as runs, count(ended_at)::int as ended,
         (count(*) filter (where status = 'succeeded'))::int as succeeded,
         percentile_disc(0.5) within group (order by ${durationMs}) as p50,
         percentile_disc(0.95) within group (order by ${durationMs}) as p95,
         avg(spent_nano) filter (where ended_at is not null) as nano,
         (array_agg(run_id order by no desc))[1] as run_id, (array_agg(status order by no desc))[1] as status, max(started_at) as at
       from (select no, run_id, status, started_at, ended_at, spent_nano from runs
         where ${ofTenant(tenant)} workflow = name and launch -> 'cassette' is null order by no desc limit ${mostRuns}) newest) h`,
    tenant === null ? [workflows] : [workflows, tenant],
  );
  return rows.map(toHistory);
}

/** The newest runs of a workflow, newest first, at most `limit`. */
export async function runsOfWorkflow(
  sql: Sql,
  tenant: string | null,
  { workflow, limit }: { workflow: string; limit: number },
): Promise<PastRun[]> {
  const { rows } = await sql.query<PastRow>(
    `select run_id, status, started_at, ${durationMs} as ms, spent_nano as nano from runs
     where ${ofTenant(tenant)} workflow = $1 and launch -> 'cassette' is null order by no desc limit ${Math.min(limit, mostRuns)}`,
    tenant === null ? [workflow] : [workflow, tenant],
  );
  return rows.map(({ run_id: runId, status, started_at: at, ms, nano }) => ({
    ...{ runId, status, startedAt: at.toISOString(), durationMs: roundedOf(ms), costUsd: toUsd(nano) },
  }));
}

interface HistoryRow {
  workflow: string;
  runs: number;
  ended: number;
  succeeded: number;
  p50: number | string | null;
  p95: number | string | null;
  nano: number | string | null;
  run_id: string | null;
  status: RunStatus | null;
  at: Date | null;
}

interface PastRow {
  run_id: string;
  status: RunStatus;
  started_at: Date;
  ms: number | string | null;
  nano: number;
}

function toHistory({ workflow, runs, ended, succeeded, p50, p95, nano, ...last }: HistoryRow): WorkflowHistory {
  const { run_id: runId, status, at } = last;
  return {
    ...{ workflow, runs, ended, succeeded, successRate: ended === 0 ? null : succeeded / ended },
    ...{ p50Ms: roundedOf(p50), p95Ms: roundedOf(p95), meanCostUsd: nano === null ? null : toUsd(Number(nano)) },
    last: runId === null ? null : { runId, status: status!, at: at!.toISOString() },
  };
}

/** A number that the database may give out as text. */
function roundedOf(value: number | string | null): number | null {
  return value === null ? null : Math.round(Number(value));
}
