import type { Sql } from '../database/sql.ts';

/** A request to execute a workflow. */
interface ExecutionRequest {
  /** Who asks. */
  holder: string;
  /** The same for the same request. */
  key: string;
  /** Of what is asked: two requests of one key must agree. */
  requestHash: string;
  /** Id for the run if there is none yet. */
  runId: string;
  /** How long the same request means the same run, in ms; default: as long as any is kept, a day. */
  keepMs?: number;
}

/** Requests to execute a workflow, and the run that each became. */
export interface ExecutionStore {
  /** @returns the run that this request has: the new one, or that of the same request before; with the hash of what was asked then */
  claim(request: ExecutionRequest): Promise<{ runId: string; requestHash: string }>;
  /** Takes a claim back whose run was refused. */
  release(request: Pick<ExecutionRequest, 'holder' | 'key' | 'runId'>): Promise<void>;
  /** The run that somebody asked for last; undefined: none. */
  newest(holder: string): Promise<string | undefined>;
}

/** The longest that any request is kept, in ms. */
const executionsKeptMs = 24 * 60 * 60 * 1000;

/** {@link ExecutionStore} in PostgreSQL. */
export function createExecutionStore(database: Sql): ExecutionStore {
  return {
    async claim({ holder, key, requestHash, runId, keepMs = executionsKeptMs }) {
      // Twice: a claim that runs out between the two statements is nobody's.
      for (;;) {
        const taken = await database.query<{ runId: string; requestHash: string }>(
          `insert into executions (holder, key, request_hash, run_id) values ($1, $2, $3, $4)
           on conflict (holder, key) do update set request_hash = excluded.request_hash, run_id = excluded.run_id, at = clock_timestamp()
           where executions.at <= clock_timestamp() - make_interval(secs => $5)
           returning run_id as "runId", request_hash as "requestHash"`,
          [holder, key, requestHash, runId, keepMs / 1000],
        );
        if (taken.rows[0]) {
          await sweep(database);
          return taken.rows[0];
        }
        const known = await database.query<{ runId: string; requestHash: string }>(
          `select run_id as "runId", request_hash as "requestHash" from executions where holder = $1 and key = $2`,
          [holder, key],
        );
        if (known.rows[0]) return known.rows[0];
      }
    },
    async release({ holder, key, runId }) {
      await database.query('delete from executions where holder = $1 and key = $2 and run_id = $3', [
        holder,
        key,
        runId,
      ]);
    },
    async newest(holder) {
      const { rows } = await database.query<{ runId: string }>(
        `select run_id as "runId" from executions where holder = $1 order by at desc limit 1`,
        [holder],
      );
      return rows[0]?.runId;
    },
  };
}

// The newest of each holder stays: it is what its page comes back to.
async function sweep(database: Sql): Promise<void> {
  await database.query(
    `delete from executions old where at < clock_timestamp() - make_interval(secs => $1)
     and exists (select 1 from executions newer where newer.holder = old.holder and newer.at > old.at)`,
    [executionsKeptMs / 1000],
  );
}
