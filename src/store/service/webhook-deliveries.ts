import type { WebhookEvent } from '../../domain/hooks/webhook-events.ts';
import type { Sql } from '../database/sql.ts';
import type { Delivery, DeliveryFilter, DeliveryState } from './webhooks.ts';

interface RawDelivery {
  id: string;
  run_id: string;
  seq: number;
  type: WebhookEvent;
  state: DeliveryState;
  attempts: number;
  due_at: Date;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  ended_at: Date | null;
}

/** What was sent to an endpoint, or is to be; newest first. */
export async function listDeliveries(
  sql: Sql,
  endpointId: string,
  { state, after, limit }: DeliveryFilter,
): Promise<Delivery[]> {
  const { rows } = await sql.query<RawDelivery>(
    `select d.id, r.run_id, d.seq, d.type, d.state, d.attempts, d.due_at, d.last_status, d.last_error, d.created_at, d.ended_at
     from webhook_deliveries d join runs r on r.no = d.run_no
     where d.endpoint_id = $1 and ($2::text is null or d.state = $2)
       and ($3::text is null or (d.created_at, d.run_no, d.seq) < (select f.created_at, f.run_no, f.seq from webhook_deliveries f where f.id = $3))
     order by d.created_at desc, d.run_no desc, d.seq desc limit $4`,
    [endpointId, state ?? null, after ?? null, limit],
  );
  return rows.map((row) => ({
    ...{ id: row.id, run: row.run_id, seq: row.seq, type: row.type, state: row.state, attempts: row.attempts },
    nextAt: row.state === 'pending' ? row.due_at.toISOString() : null,
    ...{ lastStatus: row.last_status, lastError: row.last_error },
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }));
}

/** Has deliveries sent again that have ended: one, or, without an id, all that are dead. */
export async function redeliver(sql: Sql, endpointId: string, id: string | null): Promise<number> {
  const { rows } = await sql.query(
    `update webhook_deliveries set state = 'pending', attempts = 0, due_at = now(), lease = null, ended_at = null
     where endpoint_id = $1 and case when $2::text is null then state = 'dead' else id = $2 and state <> 'pending' end
     returning 1`,
    [endpointId, id],
  );
  return rows.length;
}
