import type { TriggerMapping, TriggerScheme } from '../../domain/hooks/trigger.ts';
import type { Sql } from '../database/sql.ts';
import type { KeptSecret } from './webhooks.ts';

/** What starts runs when something outside happens. Times are ISO 8601. */
export interface Trigger {
  tenant: string;
  name: string;
  scheme: TriggerScheme;
  /** Newest first. */
  secrets: readonly KeptSecret[];
  mapping: TriggerMapping;
  /** The text that it was made of. */
  source: string;
  state: 'active' | 'paused';
  createdAt: string;
}

/** A trigger that is added. */
type NewTrigger = Omit<Trigger, 'state' | 'createdAt'>;

/** Triggers, and what came in by them. `tenant` null: of all. */
export interface TriggerStore {
  /** `replaces`: one of that name gets the new mapping, and keeps its secrets. @param sql in this transaction, if given @returns false: there is one, and it stays as it is */
  add(trigger: NewTrigger, replaces: boolean, sql?: Sql): Promise<boolean>;
  /** By name. */
  list(tenant: string | null): Promise<Trigger[]>;
  find(tenant: string, name: string): Promise<Trigger | undefined>;
  remove(tenant: string, name: string): Promise<boolean>;
  /** @param sql in this transaction, if given */
  setSecrets(trigger: Pick<Trigger, 'tenant' | 'name'>, secrets: readonly KeptSecret[], sql?: Sql): Promise<void>;
  setState(tenant: string, name: string, state: Trigger['state']): Promise<void>;
  /** The run that one of these names of a delivery started. */
  startedBy(trigger: Pick<Trigger, 'tenant' | 'name'>, names: readonly string[]): Promise<string | null>;
  /** Remembers what a delivery started, under all of its names. */
  remember(trigger: Pick<Trigger, 'tenant' | 'name'>, names: readonly string[], runId: string): Promise<void>;
  /** Forgets deliveries whose signatures are of no use any more. */
  tidy(): Promise<void>;
}

const columns = 'tenant, name, scheme, secrets, mapping, source, state, created_at';

/** Triggers in PostgreSQL. */
export function createTriggerStore(sql: Sql): TriggerStore {
  return {
    ...kept(sql),
    ...deliveries(sql),
    async list(tenant) {
      const { rows } = await sql.query<RawTrigger>(
        `select ${columns} from triggers where $1::text is null or tenant = $1 order by tenant, name`,
        [tenant],
      );
      return rows.map(toTrigger);
    },
    async find(tenant, name) {
      const { rows } = await sql.query<RawTrigger>(`select ${columns} from triggers where tenant = $1 and name = $2`, [
        tenant,
        name,
      ]);
      return rows[0] && toTrigger(rows[0]);
    },
  };
}

function kept(database: Sql): Pick<TriggerStore, 'add' | 'remove' | 'setSecrets' | 'setState'> {
  return {
    async add({ tenant, name, scheme, secrets, mapping, source }, replaces, sql = database) {
      const values = [tenant, name, ...[scheme, secrets, mapping].map((value) => JSON.stringify(value)), source];
      const { rowCount } = await sql.query(
        `insert into triggers (tenant, name, scheme, secrets, mapping, source, state) values ($1, $2, $3, $4, $5, $6, 'active')
         on conflict (tenant, name) do update set scheme = excluded.scheme, mapping = excluded.mapping, source = excluded.source
         where $7::boolean`,
        [...values, replaces],
      );
      return rowCount === 1;
    },
    async remove(tenant, name) {
      const { rowCount } = await database.query('delete from triggers where tenant = $1 and name = $2', [tenant, name]);
      return rowCount === 1;
    },
    async setSecrets({ tenant, name }, secrets, sql = database) {
      const text = 'update triggers set secrets = $3 where tenant = $1 and name = $2';
      await sql.query(text, [tenant, name, JSON.stringify(secrets)]);
    },
    async setState(tenant, name, state) {
      await database.query('update triggers set state = $3 where tenant = $1 and name = $2', [tenant, name, state]);
    },
  };
}

function deliveries(sql: Sql): Pick<TriggerStore, 'startedBy' | 'remember' | 'tidy'> {
  return {
    async startedBy({ tenant, name }, names) {
      const { rows } = await sql.query<{ run_id: string }>(
        `select run_id from trigger_deliveries where tenant = $1 and name = $2 and delivery = any($3) order by at limit 1`,
        [tenant, name, [...names]],
      );
      return rows[0]?.run_id ?? null;
    },
    async remember({ tenant, name }, names, runId) {
      await sql.query(
        `insert into trigger_deliveries (tenant, name, delivery, run_id)
         select t.tenant, t.name, d, $4
         from (select tenant, name from triggers where tenant = $1 and name = $2 for key share) t, unnest($3::text[]) d
         on conflict do nothing`,
        [tenant, name, [...names], runId],
      );
    },
    async tidy() {
      // A signature of this scheme says when it was made, so it lets nobody in later. Others do as long as their secret.
      await sql.query(
        `delete from trigger_deliveries d using triggers t
         where t.tenant = d.tenant and t.name = d.name and t.scheme ->> 'kind' = 'standard' and d.at < now() - interval '30 days'`,
        [],
      );
    },
  };
}

interface RawTrigger extends Omit<Trigger, 'createdAt'> {
  created_at: Date;
}

function toTrigger({ created_at, ...row }: RawTrigger): Trigger {
  return { ...row, createdAt: created_at.toISOString() };
}
