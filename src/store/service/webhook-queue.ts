import { endEvents } from '../../domain/hooks/webhook-events.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import type { AttemptOutcome, ClaimedDelivery, KeptSecret } from './webhooks.ts';

// Any number does, as long as nobody else in this database locks on it ("hook" in ASCII).
const lockNumber = 0x686f6f6b;

/** How many runs with news are looked at in one transaction: it holds their rows for as long. */
const runsAtOnce = 200;

/** How many deliveries of one endpoint are on their way at once: one that is slow holds nobody else up. */
const atOncePerEndpoint = 4;

/** See `WebhookStore.readNew` (D1). Runs that had ended before the oldest endpoint came are none of its business. */
export async function readNewEvents(sql: Sql): Promise<boolean> {
  const { rows: locks } = await sql.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
    lockNumber,
  ]);
  if (!locks[0]!.mine) return false;
  const { rows } = await sql.query<{ runs: number }>(
    `with since as (select min(created_at) as at from webhook_endpoints where state = 'active'),
     news as (
       select r.no, r.run_key, r.run_id, r.tenant, r.last_seq, coalesce(w.seq, 0) as seen
       from since, runs r left join webhook_reads w on w.run_no = r.no
       where since.at is not null and (r.ended_at is null or r.ended_at >= since.at) and r.last_seq > coalesce(w.seq, 0)
       order by r.no limit $1),
     told as (
       insert into webhook_deliveries (id, endpoint_id, run_no, seq, type)
       select 'msg_' || substr(encode(sha256(convert_to(p.id || ' ' || n.run_key || ' ' || e.key, 'UTF8')), 'hex'), 1, 32),
              p.id, n.no, e.seq, e.data ->> 'type'
       from news n
       join events e on e.run_no = n.no and e.seq > n.seen and e.seq <= n.last_seq
       join webhook_endpoints p on p.tenant = n.tenant and p.state = 'active' and p.created_at <= e.at
         and (p.run_id is null or p.run_id = n.run_id) and e.data ->> 'type' = any(p.events)
       on conflict do nothing),
     looked as (
       insert into webhook_reads (run_no, seq) select no, last_seq from news
       on conflict (run_no) do update set seq = greatest(webhook_reads.seq, excluded.seq))
     select count(*)::int as runs from news`,
    [runsAtOnce],
  );
  return rows[0]!.runs === runsAtOnce;
}

interface RawClaim {
  id: string;
  attempts: number;
  endpoint_id: string;
  url: string;
  secrets: readonly KeptSecret[];
  data: RunEvent;
  seq: number;
  at: Date;
  run_id: string;
  workflow: string;
  parent_run: string | null;
  parent_task: string | null;
  result: RunResult | null;
}

// $1: lease, $2: its time in ms, $3: how many, $4: types with a result.
const claimText = `with busy as (
       select endpoint_id, count(*) as held from webhook_deliveries
       where state = 'pending' and lease is not null and due_at > now() group by endpoint_id),
     due as (
       select d.id, d.due_at, row_number() over (partition by d.endpoint_id order by d.due_at, d.id) + coalesce(b.held, 0) as place
       from webhook_deliveries d
       join webhook_endpoints p on p.id = d.endpoint_id and p.state = 'active'
       left join busy b on b.endpoint_id = d.endpoint_id
       where d.state = 'pending' and d.due_at <= now()),
     picked as (
       select d.id from webhook_deliveries d
       where d.id in (select id from due where place <= ${atOncePerEndpoint} order by due_at, id limit $3)
         and d.state = 'pending' and d.due_at <= now()
       for update skip locked),
     claimed as (
       update webhook_deliveries d
       set lease = $1, due_at = now() + $2::double precision * interval '1 millisecond', attempts = attempts + 1
       from picked where d.id = picked.id
       returning d.id, d.endpoint_id, d.run_no, d.seq, d.attempts)
     select c.id, c.attempts, c.endpoint_id, p.url, p.secrets, e.data, e.seq, e.at, r.run_id, r.workflow,
            around.run_id as parent_run, r.parent_task, case when e.data ->> 'type' = any($4) then r.result end as result
     from claimed c
     join webhook_endpoints p on p.id = c.endpoint_id
     join events e on e.run_no = c.run_no and e.seq = c.seq
     join runs r on r.no = c.run_no
     left join runs around on around.no = r.parent_no`;

/** See `WebhookStore.claim` (D2). */
export async function claimDeliveries(
  sql: Sql,
  { lease, leaseMs, limit }: { lease: string; leaseMs: number; limit: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await sql.query<RawClaim>(claimText, [lease, leaseMs, limit, [...endEvents]]);
  return rows.map((row) => ({
    ...{ id: row.id, attempts: row.attempts },
    endpoint: { id: row.endpoint_id, url: row.url, secrets: row.secrets },
    event: { ...row.data, seq: row.seq, at: row.at.toISOString() },
    run: {
      ...{ id: row.run_id, workflow: row.workflow },
      parent: row.parent_run === null ? null : { run: row.parent_run, task: row.parent_task ?? '' },
    },
    result: row.result,
  }));
}

/** See `WebhookStore.record` (D3). */
export async function recordAttempt(
  sql: Sql,
  { id, lease }: { id: string; lease: string },
  outcome: AttemptOutcome,
): Promise<boolean> {
  const nextMs = outcome.state === 'failed' ? outcome.nextMs : null;
  const state = outcome.state === 'delivered' ? 'delivered' : nextMs === null ? 'dead' : 'pending';
  const error = outcome.state === 'delivered' ? null : outcome.state === 'gone' ? goneText : outcome.error;
  const { rows } = await sql.query<{ endpoint_id: string }>(
    `update webhook_deliveries
     set state = $3, lease = null, last_status = $4, last_error = $5,
         due_at = now() + coalesce($6::double precision, 0) * interval '1 millisecond',
         ended_at = case when $3 = 'pending' then null else now() end
     where id = $1 and lease = $2 returning endpoint_id`,
    [id, lease, state, outcome.status, error, nextMs],
  );
  if (rows.length === 0) return false;
  if (outcome.state === 'gone') await disable(sql, rows[0]!.endpoint_id);
  return true;
}

const goneText = 'nobody is there any more (410)';

async function disable(sql: Sql, endpointId: string): Promise<void> {
  await sql.query(`update webhook_endpoints set state = 'gone', reason = $2 where id = $1`, [endpointId, goneText]);
  await sql.query(
    `update webhook_deliveries set state = 'dead', last_error = $2, ended_at = now()
     where endpoint_id = $1 and state = 'pending' and lease is null`,
    [endpointId, goneText],
  );
}
