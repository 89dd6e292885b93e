import type { NanoUsd } from '../../domain/money/money.ts';
import type { Exceeded, ModelIntent, ScopeLimit } from './entry.ts';
import type { Sql } from '../database/sql.ts';
import { blockedAhead } from './waiting-calls.ts';

/** Locks what the run's calls share, and opens those of the limits that are new. */
export async function lockLedger(sql: Sql, { no, scopes = [] }: ModelIntent): Promise<void> {
  await sql.query('select 1 from runs where no = $1 for update', [no]);
  await openScopes(sql, no, scopes);
}

/** Opens limits below a run's own, those that are new. */
export async function openScopes(sql: Sql, no: number, scopes: readonly ScopeLimit[]): Promise<void> {
  if (scopes.length === 0) return;
  await sql.query(
    `insert into ledger (run_no, scope, limit_nano, limit_tokens)
     select $1, scope, nano, tokens from unnest($2::text[], $3::bigint[], $4::bigint[]) as s (scope, nano, tokens)
     on conflict do nothing`,
    [
      no,
      scopes.map(({ scope }) => scope),
      scopes.map(({ limitNano }) => limitNano),
      scopes.map(({ limitTokens }) => limitTokens),
    ],
  );
}

/** Sets a limit below the run's own, whether or not a call has counted to it yet. Null stays as it is, or as it was planned. */
export async function setScopeLimit(
  sql: Sql,
  no: number,
  { planned, limitNano, limitTokens }: { planned: ScopeLimit } & Omit<ScopeLimit, 'scope'>,
): Promise<void> {
  // In the order of the calls, so that nobody waits for the other one's row.
  await sql.query('select 1 from runs where no = $1 for update', [no]);
  await sql.query(
    `insert into ledger (run_no, scope, limit_nano, limit_tokens)
     values ($1, $2, coalesce($5::bigint, $3::bigint), coalesce($6::bigint, $4::bigint))
     on conflict (run_no, scope) do update set
       limit_nano = coalesce($5::bigint, ledger.limit_nano), limit_tokens = coalesce($6::bigint, ledger.limit_tokens)`,
    [no, planned.scope, planned.limitNano, planned.limitTokens, limitNano, limitTokens],
  );
}

/** Calls that a killed worker left behind stay in the journal, but hold nothing back any more; nobody waits for his turn. */
export async function releaseReservations(sql: Sql, no: number): Promise<void> {
  await sql.query(
    `with gone as (delete from waiting_calls where run_no = $1)
     update journal set reserved_nano = 0, reserved_tokens = 0 where run_no = $1 and state = 'intent'`,
    [no],
  );
}

interface LimitRow {
  scope: string;
  unit: 'usd' | 'tokens';
  limit: number | null;
  spent: number;
  reserved: number;
}

/**
 * The limit that was in the way of a call: the narrowest one in which it never fits, else the narrowest one that has no room now. Asked
 * under the lock, so it is the one that refused it.
 *
 * @returns also, for one that waits for its turn, all limits that are in its way
 */
export async function findObstacle(
  sql: Sql,
  intent: ModelIntent,
): Promise<{ exceeded: Exceeded; blocked?: string[] } | 'conflict'> {
  const { no, reserve } = intent;
  const { rows } = await sql.query<LimitRow>(limitsText, [no, (intent.scopes ?? []).map(({ scope }) => scope)]);
  const limits = rows.flatMap(({ limit, ...row }): Exceeded[] => {
    const asked = row.unit === 'usd' ? reserve.nano : reserve.tokens;
    return limit === null ? [] : [{ ...row, limit, asked, freeAt: null }];
  });
  const inTheWay = limits.filter((one) => one.spent + one.reserved + one.asked > one.limit);
  const never = inTheWay.find((one) => (one.scope === 'speed' ? 0 : one.spent) + one.asked > one.limit);
  if (never) return { exceeded: never };
  const isOnlyLate = (one: Exceeded): boolean => one.scope === 'speed' && one.reserved + one.asked <= one.limit;
  const held = inTheWay.filter((one) => !isOnlyLate(one));
  const late = inTheWay.find(isOnlyLate);
  if (held.length === 0 && late) {
    return { exceeded: { ...late, freeAt: await findFreeTime(sql, no, late.limit - late.reserved - late.asked) } };
  }
  const blocked = new Set([...held.map(({ scope }) => scope), ...(await blockedAhead(sql, intent))]);
  const first = held[0] ?? limits.find(({ scope }) => blocked.has(scope));
  // Every limit has room and nobody is before it, so it was the row itself that was there already.
  return first ? { exceeded: { ...first, isHeld: true }, blocked: [...blocked] } : 'conflict';
}

const limitsText = `
with run as (select * from runs where no = $1),
wanted as (select l.* from ledger l where l.run_no = $1 and l.scope = any($2::text[]))
select scope, unit, "limit", spent, reserved from (
  select array_position(array['agent', 'task', 'phase'], split_part(scope, '/', 1)) as rank, scope, 'usd' as unit,
    limit_nano as "limit", spent_nano as spent, reserved_nano as reserved from wanted
  union all
  select array_position(array['agent', 'task', 'phase'], split_part(scope, '/', 1)), scope, 'tokens', limit_tokens, spent_tokens, reserved_tokens from wanted
  union all select 4, 'run', 'usd', limit_nano, spent_nano, reserved_nano from run
  union all select 4, 'run', 'tokens', limit_tokens, spent_tokens, reserved_tokens from run
  union all select 5, 'speed', 'usd', limit_nano_per_minute, 
    case when limit_nano_per_minute is not null then gaffer_minute_nano(no) else 0 end, reserved_nano from run
) as limits order by rank, unit desc`;

// The moment at which enough of the last minute's money is more than a minute old.
async function findFreeTime(sql: Sql, no: number, room: NanoUsd): Promise<string | null> {
  if (room < 0) return null;
  const { rows } = await sql.query<{ at: Date }>(
    `select created_at + interval '1 minute' as at from (
       select created_at, sum(cost_nano) over (order by created_at desc, id) as since from messages
       where run_no in (select gaffer_family($1)) and cost_nano is not null and (usage -> 'nested') is null
         and created_at > statement_timestamp() - interval '1 minute') as spent
     where since > $2 order by created_at desc limit 1`,
    [no, room],
  );
  return rows[0]?.at.toISOString() ?? null;
}
