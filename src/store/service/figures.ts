import type { RunStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

/** Runs that are kept and stand so. What a run within another one cost is in that one's. */
interface RunFigures {
  status: RunStatus;
  runs: number;
  tokens: number;
  usd: number;
}

/** A provider's model and whether calls of it are held back. */
interface GateFigures {
  provider: string;
  model: string;
  /** The provider refused or failed, and nobody asks until its time is over. */
  isHeld: boolean;
  /** Calls a minute that it was found to allow; null: nobody was refused. */
  callsPerMinute: number | null;
}

/** Numbers over all that is stored, for whoever watches a whole installation. */
export interface FigureStore {
  /** By status, of one tenant; null: of all. */
  runs(tenant: string | null): Promise<RunFigures[]>;
  /** Executions of tasks of runs that have not ended, by status, and how often tasks of those were tried again. */
  tasks(tenant: string | null): Promise<{ status: string; tasks: number; retries: number }[]>;
  /** Deliveries of webhooks that are kept, by state. */
  deliveries(tenant: string | null): Promise<{ state: string; deliveries: number }[]>;
  /** Streams that are open. */
  streams(tenant: string | null): Promise<number>;
  /** Models that somebody has called. */
  gates(): Promise<GateFigures[]>;
  /** Steps of the schema that are not there yet; it is found out by asking the database. */
  pendingMigrations(): Promise<number>;
}

const ofTenant = '($1::text is null or r.tenant = $1)';

/** The numbers behind a connection. `pending`: see {@link FigureStore.pendingMigrations}. */
export function createFigureStore(sql: Sql, pending: FigureStore['pendingMigrations']): FigureStore {
  return {
    async runs(tenant) {
      const { rows } = await sql.query<RunFigures>(
        `select r.status, count(*)::int as runs,
           coalesce(sum(r.spent_tokens) filter (where r.parent_no is null), 0)::float8 as tokens,
           coalesce(sum(r.spent_nano) filter (where r.parent_no is null), 0)::float8 / 1e9 as usd
         from runs r where ${ofTenant} group by r.status`,
        [tenant],
      );
      return rows;
    },
    async tasks(tenant) {
      const { rows } = await sql.query<{ status: string; tasks: number; retries: number }>(
        `select t.status, count(*)::int as tasks, coalesce(sum(greatest(0, t.attempts - 1)), 0)::int as retries
         from runs r join tasks t on t.run_no = r.no where r.ended_at is null and ${ofTenant} group by t.status`,
        [tenant],
      );
      return rows;
    },
    deliveries: (tenant) => countDeliveries(sql, tenant),
    async streams(tenant) {
      const { rows } = await sql.query<{ open: number }>(
        `select count(*)::int as open from open_streams s join api_keys k on k.id = s.key_id
         where s.until > clock_timestamp() and ($1::text is null or k.tenant = $1)`,
        [tenant],
      );
      return rows[0]!.open;
    },
    async gates() {
      const { rows } = await sql.query<GateFigures>(
        `select provider, model, closed_until > clock_timestamp() as "isHeld", calls_per_minute as "callsPerMinute"
         from model_gates order by provider, model limit 200`,
      );
      return rows;
    },
    pendingMigrations: pending,
  };
}

async function countDeliveries(sql: Sql, tenant: string | null): Promise<{ state: string; deliveries: number }[]> {
  const { rows } = await sql.query<{ state: string; deliveries: number }>(
    `select d.state, count(*)::int as deliveries from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
     where ($1::text is null or e.tenant = $1) group by d.state`,
    [tenant],
  );
  return rows;
}
