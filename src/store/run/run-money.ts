import type { LimitKey } from '../../domain/money/reached-limit.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';
import { listLimits } from '../journal/limit-rows.ts';

/** What of a run, or a part of it, is spent, and what calls that are under way may still cost. Money in USD; `limit` null: any. */
export interface Spending extends LimitKey {
  spent: number;
  reserved: number;
  limit: number | null;
}

/** What runs of a workflow took. */
export interface PastRuns {
  /** How many are counted. */
  runs: number;
  /** In ms; null: there are none. */
  durationMs: Quantiles | null;
  /** Null: there are none. */
  costUsd: Quantiles | null;
}

/** Half of them, and nearly all of them, were at or below. */
interface Quantiles {
  p50: number;
  p95: number;
}

/** What of a store is about money. */
export function moneyOf(sql: Sql) {
  return {
    limits: (runKey: string) => listLimits(sql, runKey),
    spending: (runKey: string) => listSpending(sql, runKey),
    pastRuns: (runKey: string) => findPastRuns(sql, runKey),
  };
}

/** Of the run itself first, in both units; then of its parts, where a limit is. */
async function listSpending(sql: Sql, runKey: string): Promise<Spending[]> {
  const { rows } = await sql.query<Spending>(
    `with run as (select * from runs where run_key = $1), parts as (
       select 0 as rank, 'run' as scope, limit_nano, limit_tokens, spent_nano, spent_tokens, reserved_nano, reserved_tokens from run
       union all select 1, l.scope, l.limit_nano, l.limit_tokens, l.spent_nano, l.spent_tokens, l.reserved_nano, l.reserved_tokens
       from ledger l join run on l.run_no = run.no)
     select scope, unit, "limit", spent, reserved from (
       select rank, scope, 'usd' as unit, limit_nano as "limit", spent_nano as spent, reserved_nano as reserved from parts
       union all select rank, scope, 'tokens', limit_tokens, spent_tokens, reserved_tokens from parts) each
     where rank = 0 or "limit" is not null order by rank, scope, unit desc`,
    [runKey],
  );
  return rows.map((row) => (row.unit === 'usd' ? inUsd(row) : row));
}

function inUsd({ spent, reserved, limit, ...rest }: Spending): Spending {
  return { ...rest, spent: toUsd(spent), reserved: toUsd(reserved), limit: limit === null ? null : toUsd(limit) };
}

/** Of how many runs it is told what they took, and among how many of the newest those are looked for. */
const most = { counted: 50, looked: 200 };

/**
 * What the newest runs of the same workflow took that came before a run and did all of it themselves, to a good end.
 *
 * One index and at most so many rows, however many runs there are.
 */
async function findPastRuns(sql: Sql, runKey: string): Promise<PastRuns> {
  const { rows } = await sql.query<{ runs: number; ms: number[] | null; nano: number[] | null }>(
    `with this as (select no, tenant, workflow from runs where run_key = $1), recent as (
       select status, lineage, started_at, ended_at, spent_nano from runs
       where tenant = (select tenant from this) and workflow = (select workflow from this) and no < (select no from this) and launch -> 'cassette' is null
       order by no desc limit ${most.looked}),
     counted as (select extract(epoch from ended_at - started_at)::float8 * 1000 as ms, spent_nano from recent
       where status in ('succeeded', 'partial') and lineage is null limit ${most.counted})
     select count(*)::int as runs, percentile_cont(array[0.5, 0.95]) within group (order by ms) as ms,
       percentile_cont(array[0.5, 0.95]) within group (order by spent_nano::float8) as nano from counted`,
    [runKey],
  );
  const { runs, ms, nano } = rows[0]!;
  return {
    runs,
    durationMs: toQuantiles(ms, Math.round),
    costUsd: toQuantiles(nano, (each) => toUsd(Math.round(each))),
  };
}

function toQuantiles(found: number[] | null, as: (value: number) => number): Quantiles | null {
  return found && { p50: as(found[0]!), p95: as(found[1]!) };
}
