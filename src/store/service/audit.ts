import type { JsonObject } from '../../domain/json.ts';
import type { Sql } from '../database/sql.ts';

/*
 * A1 Rows are only added: triggers of the database number and chain them, and refuse every change and removal.
 * A2 A row's hash covers what it says and the hash before it: a row that was changed, taken out or put in between is found by whoever
 *    goes along the chain. That the last ones were cut off is found by whoever noted an earlier head.
 */

/** What somebody did, or was kept from doing. */
interface AuditDraft {
  /** Null: it was somebody at a terminal of this project. */
  keyId: string | null;
  keyName: string;
  tenant: string;
  /** Such as `POST /api/runs/{id}/cancel`, `keys revoke`. */
  action: string;
  /** Whole id of the run that it was about; null: none. */
  runId: string | null;
  /** `ok`, or the status and code that it was refused with. */
  result: string;
  /** What else tells it apart, bounded; never what was sent. */
  detail?: JsonObject;
}

/** A row of the audit. */
interface AuditEntry extends Omit<AuditDraft, 'detail'> {
  no: number;
  /** When it was written (ISO 8601, the database's clock). */
  at: string;
  detail: JsonObject | null;
  /** What the chain is up to here, in hex. */
  hash: string;
}

/** Whether the chain holds, and how far it goes. */
interface AuditCheck {
  /** Number of the first row that is not what it was, or not where it was; null: all hold. */
  brokenAt: number | null;
  rows: number;
  /** Hash of the last row, in hex, to be noted elsewhere; null: there is none. */
  head: string | null;
}

/** Who did what. */
export interface AuditStore {
  add(entry: AuditDraft): Promise<void>;
  /** Newest first, at most `limit`; `after`: only rows older than the tenant's own with that hash. */
  list(filter: { tenant?: string; runId?: string; after?: string; limit: number }): Promise<AuditEntry[]>;
  /** Name of the key that a run was started with; undefined: it was with none. */
  starterOf(runId: string): Promise<string | undefined>;
  /** Goes along the whole chain. */
  verify(): Promise<AuditCheck>;
}

/** The audit behind a connection. */
export function createAuditStore(sql: Sql): AuditStore {
  return {
    async add({ keyId, keyName, tenant, action, runId, result, detail }) {
      await sql.query(
        'insert into audit (key_id, key_name, tenant, action, run_id, result, detail) values ($1, $2, $3, $4, $5, $6, $7::jsonb)',
        [keyId, keyName, tenant, action, runId, result, detail ? JSON.stringify(detail) : null],
      );
    },
    async list({ tenant, runId, after, limit }) {
      const { rows } = await sql.query<Omit<AuditEntry, 'at'> & { at: Date }>(
        `select no, at, key_id as "keyId", key_name as "keyName", tenant, action, run_id as "runId", result, detail, encode(hash, 'hex') as hash
         from audit where ($1::text is null or tenant = $1) and ($2::text is null or run_id = $2) and ($3::text is null or no < (
           select a.no from audit a where ($1::text is null or a.tenant = $1) and a.hash = decode($3, 'hex') order by a.no desc limit 1))
         order by no desc limit $4`,
        [tenant ?? null, runId ?? null, after ?? null, limit],
      );
      return rows.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() }));
    },
    async starterOf(runId) {
      const { rows } = await sql.query<{ keyName: string }>(
        `select key_name as "keyName" from audit where run_id = $1 and detail ? 'started' order by no limit 1`,
        [runId],
      );
      return rows[0]?.keyName;
    },
    verify: () => verifyChain(sql),
  };
}

async function verifyChain(sql: Sql): Promise<AuditCheck> {
  const { rows } = await sql.query<AuditCheck>(
    `select min(no) filter (where not holds) as "brokenAt", count(*) as rows,
            encode((array_agg(hash order by no desc))[1], 'hex') as head
     from (select a.no, a.hash,
             a.no = row_number() over (order by a.no)
             and a.previous = coalesce(lag(a.hash) over (order by a.no), '\\x'::bytea)
             and a.hash = audit_hash(a) as holds
           from audit a) as chain`,
  );
  return rows[0]!;
}
