import { endEvents } from '../../domain/hooks/webhook-events.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import type { AttemptOutcome, ClaimedDelivery, KeptSecret } from './webhooks.ts';

// Any number does, as long as nobody else in this database locks on it ("hook" in ASCII).
const lockNumber = 0x686f6f6b;

/** How many runs with news are looked at in one transaction: it holds their rows for as long. */
const runsAtOnce = 200;

/**
 * How many deliveries of one endpoint, and of one tenant, are on their way at once, over all processes: what is slow holds nobody
 * else up.
 */
const atOncePerEndpoint = 4;
const atOncePerTenant = 8;

// A transaction that ended a run may have taken as long until others saw its end.
const overlap = "interval '10 minutes'";

/*
 * See `WebhookStore.readNew` (D1). Looked at are runs that live, that ended since all was looked at last (not before the oldest endpoint
 * came), and those that something happened in after their end. Rows that are being removed are passed over, or waited for, so that
 * nothing is written that hangs on them.
 */
// $1: how many, $2: the end of runs that are looked at. As a value of its own, so that the database knows how few these are.
const readText = `with chosen as (
       select r.no from runs r where r.ended_at is null
       union select r.no from runs r where r.ended_at >= $2
       union select l.run_no from webhook_late l),
     news as (
       select r.no, r.run_key, r.run_id, r.tenant, r.last_seq, coalesce(w.seq, 0) as seen
       from chosen c join runs r on r.no = c.no left join webhook_reads w on w.run_no = r.no
       where r.last_seq > coalesce(w.seq, 0)
       order by r.no limit $1 for key share of r skip locked),
     ends as (select id, tenant, run_id, events, since from webhook_endpoints where state = 'active' for key share),
     due as (
       select 'msg_' || substr(encode(sha256(convert_to(p.id || ' ' || n.run_key || ' ' || e.key, 'UTF8')), 'hex'), 1, 32) as id,
              p.id as endpoint_id, p.run_id, n.no, e.seq, e.data ->> 'type' as type
       from news n
       join events e on e.run_no = n.no and e.seq > n.seen and e.seq <= n.last_seq
       join ends p on p.tenant = n.tenant and p.since <= e.at
         and (p.run_id is null or p.run_id = n.run_id) and e.data ->> 'type' = any(p.events)),
     told as (
       insert into webhook_deliveries (id, endpoint_id, run_no, seq, type)
       select id, endpoint_id, no, seq, type from due on conflict do nothing),
     done as (
       update webhook_endpoints p set state = 'done' from due where due.run_id is not null and p.id = due.endpoint_id),
     looked as (
       insert into webhook_reads (run_no, seq) select no, last_seq from news
       on conflict (run_no) do update set seq = greatest(webhook_reads.seq, excluded.seq))
     select count(*)::int as runs from news`;

/** See {@link readText}. */
export async function readNewEvents(sql: Sql): Promise<boolean> {
  const { rows: locks } = await sql.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
    lockNumber,
  ]);
  if (!locks[0]!.mine) return false;
  const { rows: since } = await sql.query<{ at: Date }>(
    `select greatest(min(since), (select ended_at - ${overlap} from webhook_progress)) as at
     from webhook_endpoints where state = 'active' having min(since) is not null`,
  );
  const { rows } = since[0]
    ? await sql.query<{ runs: number }>(readText, [runsAtOnce, since[0].at])
    : { rows: [{ runs: 0 }] };
  if (rows[0]!.runs === runsAtOnce) return true;
  // What came later than the look is more than what was read, and stays.
  await sql.query('delete from webhook_late l using webhook_reads w where w.run_no = l.run_no and l.seq <= w.seq');
  await sql.query(
    `insert into webhook_progress (ended_at) values (now())
     on conflict (one) do update set ended_at = excluded.ended_at where webhook_progress.ended_at < now() - interval '1 minute'`,
  );
  return false;
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

// $1: lease, $2: its time in ms, $3: how many, $4: types with a result. Who has the fewest on their way comes first.
const claimText = `with busy as (
       select d.endpoint_id, p.tenant, count(*) as held
       from webhook_deliveries d join webhook_endpoints p on p.id = d.endpoint_id
       where d.state = 'pending' and d.lease is not null and d.due_at > now() group by d.endpoint_id, p.tenant),
     waiting as (
       select d.id, d.due_at, p.tenant,
              row_number() over (partition by d.endpoint_id order by d.due_at, d.id)
                + coalesce((select b.held from busy b where b.endpoint_id = d.endpoint_id), 0) as place
       from webhook_deliveries d
       join webhook_endpoints p on p.id = d.endpoint_id and p.state in ('active', 'done')
       where d.state = 'pending' and d.due_at <= now()),
     due as (
       select w.id, w.due_at,
              row_number() over (partition by w.tenant order by w.place, w.due_at, w.id)
                + coalesce((select sum(b.held) from busy b where b.tenant = w.tenant), 0) as place
       from waiting w where w.place <= ${atOncePerEndpoint}),
     picked as (
       select d.id from webhook_deliveries d
       where d.id in (select id from due where place <= ${atOncePerTenant} order by place, due_at, id limit $3)
         and d.state = 'pending' and d.due_at <= now()
       for update skip locked),
     claimed as (
       update webhook_deliveries d
       set lease = $1, due_at = now() + $2::double precision * interval '1 millisecond'
       from picked where d.id = picked.id
       returning d.id, d.endpoint_id, d.run_no, d.seq, d.attempts)
     select c.id, c.attempts + 1 as attempts, c.endpoint_id, p.url, p.secrets, e.data, e.seq, e.at, r.run_id, r.workflow,
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
  // Of others of the same endpoint that end now one may find that nobody is there.
  const { rows: ends } = await sql.query<{ id: string; state: string }>(
    `select p.id, p.state from webhook_endpoints p join webhook_deliveries d on d.endpoint_id = p.id
     where d.id = $1 and d.lease = $2 for no key update of p`,
    [id, lease],
  );
  const isGone = outcome.state === 'gone' || (outcome.state === 'failed' && ends[0]?.state === 'gone');
  const state = outcome.state === 'delivered' ? 'delivered' : isGone || nextMs === null ? 'dead' : 'pending';
  const error = outcome.state === 'delivered' ? null : outcome.state === 'gone' ? goneText : outcome.error;
  const { rows } = await sql.query<{ endpoint_id: string }>(
    `update webhook_deliveries
     set state = $3, lease = null, last_status = $4, last_error = $5, attempts = attempts + 1,
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
