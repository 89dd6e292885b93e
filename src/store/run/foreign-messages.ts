/*
 * What a program's agent was told and said, as a conversation like any other. What it cost stands where the gateway counts it; so these
 * messages have ids of their own.
 */
import { attemptMark, modelKey, type StepKey } from '../../domain/ids/journal-key.ts';
import type { KeptMessage } from '../../domain/conversation/conversation.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import { totalTokens, type Usage } from '../../domain/money/usage.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import type { MailPlace } from '../messages/mail.ts';
import { takenText } from '../messages/mail.ts';
import type { StoredMessage } from './conversation.ts';
import { messageId } from './conversation.ts';

/** Id of a message of a turn. */
export function foreignMessageId(runKey: string, step: StepKey, role: KeptMessage['role']): string {
  return messageId(runKey, `said/${modelKey(step)}`, role);
}

/** A message as it was written, with when (ms since the epoch); undefined: it was not. */
export async function findForeignMessage(
  sql: Sql,
  id: string,
): Promise<{ message: StoredMessage; at: number } | undefined> {
  const { rows } = await sql.query<StoredMessage & { at: number }>(
    `select id, parent, root, view_from as "viewFrom", depth, call_key as "callKey", role, content,
       (extract(epoch from created_at) * 1000)::float8 as at from messages where id = $1`,
    [id],
  );
  if (!rows[0]) return undefined;
  const { at, ...message } = rows[0];
  return { message, at };
}

/** Writes a message, over what a session before has left in its place. `mail`: messages that it delivers. */
export async function writeForeignMessage(
  sql: Sql,
  no: number,
  { id, parent, root, viewFrom, depth, callKey, role, content }: StoredMessage,
  mail: readonly MailPlace[] = [],
): Promise<void> {
  await sql.query(
    `insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::json) on conflict (id) do update set content = excluded.content`,
    [id, no, parent, root, viewFrom, depth, callKey, role, toJsonb(content)],
  );
  if (mail.length > 0) await takeMail(sql, no, { key: callKey, mail });
}

/** Counts messages as delivered with a turn. */
export async function takeMail(sql: Sql, no: number, { key, mail }: { key: string; mail: readonly MailPlace[] }) {
  await sql.query(`with budget as (select $1::bigint as no), ${takenText('$3::text[]', '$4::text[]')} select 1`, [
    no,
    key,
    mail.map(({ id }) => id),
    mail.map(({ place }) => place),
  ]);
}

/** Has the conversation of a task go on from a message. */
export async function writeContextHead(
  sql: Sql,
  no: number,
  { name, agent, head }: { name: string; agent: string; head: string },
): Promise<void> {
  await sql.query(
    `insert into contexts (run_no, name, agent, head) values ($1, $2, $3, $4)
     on conflict (run_no, name) do update set head = excluded.head, agent = excluded.agent`,
    [no, name, agent, head],
  );
}

/** What was paid for an attempt so far. */
export async function paidForAttempt(
  sql: Sql,
  no: number,
  { taskId, attempt }: Pick<StepKey, 'taskId' | 'attempt'>,
): Promise<{ tokens: number; nanos: NanoUsd; isUncounted: boolean }> {
  const { rows } = await sql.query<{ usage: Usage & { uncounted?: true }; nanos: NanoUsd }>(
    `select usage, cost_nano as nanos from messages where run_no = $1 and role = 'assistant' and usage is not null
       and starts_with(call_key, $2)`,
    [no, `${taskId}${attemptMark}${attempt}/`],
  );
  return {
    tokens: rows.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
    nanos: rows.reduce((sum, { nanos }) => sum + nanos, 0),
    isUncounted: rows.some(({ usage }) => usage.uncounted === true),
  };
}

/** Whether somebody wants a run to stand still. */
export async function isPausing(sql: Sql, no: number): Promise<boolean> {
  const { rows } = await sql.query(`select 1 from runs where no = $1 and status in ('pausing', 'paused')`, [no]);
  return rows.length > 0;
}
