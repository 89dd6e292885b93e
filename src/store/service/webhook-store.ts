import type { Sql, Transactor } from '../database/sql.ts';
import { listDeliveries, redeliver } from './webhook-deliveries.ts';
import { claimDeliveries, readNewEvents, recordAttempt } from './webhook-queue.ts';
import type { Endpoint, NewEndpoint, WebhookStore } from './webhooks.ts';

const columns = `
  p.id, p.tenant, p.url, p.events, p.secrets, p.state, p.reason, p.created_at,
  (select count(*)::int from webhook_deliveries d where d.endpoint_id = p.id and d.state = 'pending') as pending,
  (select count(*)::int from webhook_deliveries d where d.endpoint_id = p.id and d.state = 'dead') as dead`;

/** Endpoints and what is sent to them, in PostgreSQL. */
export function createWebhookStore(database: Transactor): WebhookStore {
  return {
    ...found(database),
    ...kept(database),
    deliveries: (endpointId, filter) => listDeliveries(database, endpointId, filter),
    redeliver: (endpointId, id, sql = database) => redeliver(sql, endpointId, id),
    readNew: () => database.transaction(readNewEvents),
    claim: (wish) => claimDeliveries(database, wish),
    record: (attempt, outcome) => database.transaction((sql) => recordAttempt(sql, attempt, outcome)),
    async tidy() {
      await database.query(
        `delete from webhook_deliveries where state = 'delivered' and ended_at < now() - interval '30 days'`,
      );
      await database.query(
        `delete from webhook_endpoints p where p.run_id is not null and p.created_at < now() - interval '40 days'
           and not exists (select 1 from runs r where r.run_id = p.run_id)`,
      );
    },
  };
}

function found(sql: Sql): Pick<WebhookStore, 'list' | 'find'> {
  return {
    async list(tenant, runId = null) {
      const { rows } = await sql.query<RawEndpoint>(
        `select ${columns} from webhook_endpoints p
         where ($1::text is null or p.tenant = $1) and p.run_id is not distinct from $2
         order by p.created_at desc, p.id`,
        [tenant, runId],
      );
      return rows.map(toEndpoint);
    },
    async find(tenant, id) {
      const { rows } = await sql.query<RawEndpoint>(
        `select ${columns} from webhook_endpoints p where p.id = $2 and ($1::text is null or p.tenant = $1)`,
        [tenant, id],
      );
      return rows[0] && toEndpoint(rows[0]);
    },
  };
}

const insertion = `
  insert into webhook_endpoints (id, tenant, url, events, secrets, run_id, state) values ($1, $2, $3, $4, $5, $6, 'active')
  on conflict (run_id, url) where run_id is not null`;

function toValues({ id, tenant, url, events, secrets, runId }: NewEndpoint): unknown[] {
  return [id, tenant, url, events, JSON.stringify(secrets), runId ?? null];
}

type Kept = Pick<WebhookStore, 'add' | 'putCallback' | 'remove' | 'removeCallback' | 'setSecrets' | 'setState'>;

function kept(database: Sql): Kept {
  return {
    async add(endpoint, sql = database) {
      const { rowCount } = await sql.query(`${insertion} do nothing`, toValues(endpoint));
      return rowCount === 1;
    },
    async putCallback(endpoint) {
      await database.query(`${insertion} do update set secrets = excluded.secrets`, toValues(endpoint));
    },
    async remove(tenant, id) {
      const { rowCount } = await database.query(
        'delete from webhook_endpoints where id = $2 and ($1::text is null or tenant = $1)',
        [tenant, id],
      );
      return rowCount === 1;
    },
    async removeCallback({ id, secrets }) {
      const text = 'delete from webhook_endpoints where id = $1 and secrets = $2::jsonb and run_id is not null';
      await database.query(text, [id, JSON.stringify(secrets)]);
    },
    async setSecrets(id, secrets, sql = database) {
      await sql.query('update webhook_endpoints set secrets = $2 where id = $1', [id, JSON.stringify(secrets)]);
    },
    async setState(id, state) {
      // Who is turned on again is told of what happens from now on; a callback that was told its all is told nothing more.
      await database.query(
        `update webhook_endpoints p set reason = null, since = case when p.state = $2 then p.since else now() end,
           state = case when $2 = 'active' and p.run_id is not null
             and exists (select 1 from webhook_deliveries d where d.endpoint_id = p.id) then 'done' else $2 end
         where p.id = $1`,
        [id, state],
      );
    },
  };
}

interface RawEndpoint extends Omit<Endpoint, 'createdAt'> {
  created_at: Date;
}

function toEndpoint({ created_at, ...row }: RawEndpoint): Endpoint {
  return { ...row, createdAt: created_at.toISOString() };
}
