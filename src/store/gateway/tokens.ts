/*
 * Who may ask the gateway:
 * T1 No token is stored: there is a SHA-256 of each. They are 256 random bits.
 * T2 One of an attempt is good for that attempt alone, and the newest one of it counts: whoever was given an older one is somebody that
 *    nobody waits for any more.
 * T3 It ends with the session that it was made for, with the next one of its task, and with the run, whichever is first. Whoever ends one ends
 *    his own: another session may have begun meanwhile.
 * T4 A worker's ends with its worker, or `workerLeaseMs` after that said for the last time that it lives: a call takes no longer.
 */
import { createHash, randomBytes } from 'node:crypto';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { ModelChoice } from '../../domain/money/model-table.ts';
import type { Sql, Transactor } from '../database/sql.ts';

/** Which attempt of which task, in words of the store. `epoch`: how often its work was asked for anew. */
export interface AttemptOf {
  /** Row number of its run. */
  no: number;
  /** The execution's id. */
  taskId: string;
  attempt: number;
  epoch: number;
}

/** What calls of an attempt are known under. */
export function attemptScope({ taskId, attempt, epoch }: AttemptOf): string {
  return `${toAttemptId(taskId, attempt)}/${epoch}`;
}

/** What a token of an attempt is good for. */
export interface AttemptGrant extends AttemptOf {
  agent: string;
  /** Name of its phase; null: none. */
  phase: string | null;
  /** Models that may be asked by their ids, and who answers them; the first is the agent's own. */
  models: readonly ModelChoice[];
  /** Its calls are made although their provider asked to be left alone, one after the other: somebody said so. */
  insists?: boolean;
}

/** What a token is good for that somebody has. A worker's is good for calls that the journal has as begun and reserved. */
export type FoundToken = { kind: 'attempt'; runId: string; runKey: string; grant: AttemptGrant } | { kind: 'worker' };

/** The row of the journal under which a session is at work, and who has it. */
export interface HeldRow {
  key: string;
  owner: string;
}

/**
 * Makes the token of a session, and ends those that its task had before (T2). Two that come at once take turns.
 *
 * @param held left out: no row is asked for
 * @returns the token, which is kept nowhere; null: the session is somebody else's by now
 */
export async function issueToken(
  database: Pick<Transactor, 'transaction'>,
  grant: AttemptGrant,
  held?: HeldRow,
): Promise<string | null> {
  const token = newToken();
  const { no, taskId, attempt, epoch, agent, phase, models, insists } = grant;
  return database.transaction(async (sql) => {
    await sql.query('select 1 from runs where no = $1 for update', [no]);
    const { rowCount } = await sql.query(
      `with mine as (select 1 where $9::text is null or exists (
         select 1 from journal where run_no = $2 and key = $9 and owner = $10::text and state = 'intent')),
       older as (update gateway_tokens set ended_at = now() from mine where run_no = $2 and task_id = $3 and ended_at is null)
       insert into gateway_tokens (token_hash, run_no, task_id, attempt, epoch, agent, phase, models, issued_at, insists)
       select $1, $2, $3, $4, $5, $6, $7, $8::jsonb, clock_timestamp(), $11::boolean from mine`,
      [
        ...[hashOfToken(token), no, taskId, attempt, epoch, agent, phase, JSON.stringify(models)],
        ...[held?.key ?? null, held?.owner ?? null, insists ?? false],
      ],
    );
    return rowCount === 1 ? token : null;
  });
}

/** How long a worker's token is good that is not renewed, in ms (T4). */
const workerLeaseMs = 1_800_000;

/** Makes a worker's token, in place of the one that a worker of that name had before, and forgets those of workers that are long gone. */
export async function issueWorkerToken(sql: Sql, worker: string): Promise<string> {
  const token = newToken();
  await sql.query(
    `with gone as (delete from gateway_tokens where worker <> $2 and coalesce(ended_at, lives_until) < now() - interval '1 day')
     insert into gateway_tokens (token_hash, worker, lives_until) values ($1, $2, ${leaseEnd})
     on conflict (worker) do update set token_hash = excluded.token_hash, lives_until = excluded.lives_until, issued_at = now(), ended_at = null`,
    [hashOfToken(token), worker],
  );
  return token;
}

/** Says that the worker lives whose token it is (T4), also after it was silent for too long. */
export async function renewWorkerToken(sql: Sql, token: string, worker: string): Promise<void> {
  // One of whom nothing was heard for a day has no row any more, and may live.
  await sql.query(
    `insert into gateway_tokens as t (token_hash, worker, lives_until) values ($1, $2, ${leaseEnd})
     on conflict (worker) do update set lives_until = excluded.lives_until
     where t.token_hash = excluded.token_hash and t.ended_at is null`,
    [hashOfToken(token), worker],
  );
}

const leaseEnd = `now() + interval '${workerLeaseMs} milliseconds'`;

/** Condition: the token of the row `t` is good, as far as it is said there. */
export const isGoodText = `t.ended_at is null and (t.lives_until is null or t.lives_until > now())`;

/** Ends a token (T3). What is under way is answered, and kept; nothing begins any more. */
export async function endToken(sql: Sql, token: string): Promise<void> {
  await sql.query('update gateway_tokens set ended_at = now() where token_hash = $1 and ended_at is null', [
    hashOfToken(token),
  ]);
}

/** Ends all tokens of a run (T3). */
export async function endTokensOfRun(sql: Sql, no: number): Promise<void> {
  await sql.query('update gateway_tokens set ended_at = now() where run_no = $1 and ended_at is null', [no]);
}

/** What a token is good for now; undefined: nothing, or nothing any more. */
export async function findToken(sql: Sql, hash: Buffer): Promise<FoundToken | undefined> {
  const { rows } = await sql.query<TokenRow>(
    `select t.run_no as no, t.task_id as "taskId", t.attempt, t.epoch, t.agent, t.phase, t.models, t.insists, r.run_id as "runId", r.run_key as "runKey"
     from gateway_tokens t left join runs r on r.no = t.run_no
     where t.token_hash = $1 and ${isGoodText} and r.ended_at is null`,
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
