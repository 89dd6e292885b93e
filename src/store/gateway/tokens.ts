/*
 * Who may ask the gateway:
 * T1 No token is stored: there is a SHA-256 of each. They are 256 random bits.
 * T2 One of an attempt is good for that attempt alone, and the newest one of it counts: whoever was given an older one is somebody that
 *    nobody waits for any more.
 * T3 It ends with the attempt and with the run, whichever is first.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ModelChoice } from '../../domain/money/model-table.ts';
import type { Sql } from '../database/sql.ts';

/** Which attempt of which task, in words of the store. `epoch`: how often its work was asked for anew. */
export interface AttemptOf {
  /** Row number of its run. */
  no: number;
  /** The execution's id. */
  taskId: string;
  attempt: number;
  epoch: number;
}

/** What a token of an attempt is good for. */
export interface AttemptGrant extends AttemptOf {
  agent: string;
  /** Name of its phase; null: none. */
  phase: string | null;
  /** Models that may be asked by their ids, and who answers them; the first is the agent's own. */
  models: readonly ModelChoice[];
}

/** What a token is good for that somebody has. A worker's is good for calls that the worker has reserved itself. */
export type FoundToken = { kind: 'attempt'; runId: string; runKey: string; grant: AttemptGrant } | { kind: 'worker' };

/** Makes the token of an attempt, and ends those that it had before (T2). @returns the token, which is kept nowhere */
export async function issueToken(sql: Sql, grant: AttemptGrant): Promise<string> {
  const token = newToken();
  const { no, taskId, attempt, epoch, agent, phase, models } = grant;
  await sql.query(
    `with older as (update gateway_tokens set ended_at = now()
       where run_no = $2 and task_id = $3 and attempt = $4 and epoch = $5 and ended_at is null)
     insert into gateway_tokens (token_hash, run_no, task_id, attempt, epoch, agent, phase, models)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [hashOfToken(token), no, taskId, attempt, epoch, agent, phase, JSON.stringify(models)],
  );
  return token;
}

/** Makes a worker's token, in place of the one that a worker of that name had before. */
export async function issueWorkerToken(sql: Sql, worker: string): Promise<string> {
  const token = newToken();
  await sql.query(
    `insert into gateway_tokens (token_hash, worker) values ($1, $2)
     on conflict (worker) do update set token_hash = excluded.token_hash, issued_at = now(), ended_at = null`,
    [hashOfToken(token), worker],
  );
  return token;
}

/** Ends the tokens of an attempt (T3). What is under way is answered, and kept; nothing begins any more. */
export async function endTokens(sql: Sql, { no, taskId, attempt, epoch }: AttemptOf): Promise<void> {
  await sql.query(
    `update gateway_tokens set ended_at = now()
     where run_no = $1 and task_id = $2 and attempt = $3 and epoch = $4 and ended_at is null`,
    [no, taskId, attempt, epoch],
  );
}

/** What a token is good for now; undefined: nothing, or nothing any more. */
export async function findToken(sql: Sql, hash: Buffer): Promise<FoundToken | undefined> {
  const { rows } = await sql.query<TokenRow>(
    `select t.run_no as no, t.task_id as "taskId", t.attempt, t.epoch, t.agent, t.phase, t.models, r.run_id as "runId", r.run_key as "runKey"
     from gateway_tokens t left join runs r on r.no = t.run_no
     where t.token_hash = $1 and t.ended_at is null and r.ended_at is null`,
    [hash],
  );
  const row = rows[0];
  if (!row) return undefined;
  if (row.no === null) return { kind: 'worker' };
  const { runId, runKey, ...grant } = row;
  return { kind: 'attempt', runId: runId!, runKey: runKey!, grant: grant as AttemptGrant };
}

/** The form in which a token is stored and looked for. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

interface TokenRow extends Omit<AttemptGrant, 'no'> {
  no: number | null;
  runId: string | null;
  runKey: string | null;
}

function newToken(): string {
  return `gaffer-${randomBytes(32).toString('base64url')}`;
}
