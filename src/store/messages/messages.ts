/*
 * Messages of a run: those of agents to each other, and those that people send.
 *
 * M1 A message is delivered in the statement that freezes the turn it stands in (`takenText`, mail.ts): both are there, or neither.
 * M2 It is found again for a repetition of that turn, and for a later attempt that does not know that turn: delivered is what stands in the
 *    conversation that goes on.
 * M3 Sending is part of a call's transaction, and an id is made of the call's key: sending again adds nothing.
 */
import type { JsonValue } from '../../domain/json.ts';
import type { NewMessage } from '../../contracts/progress.ts';
import type { CrewMessage, MessageKind } from '../../domain/messages/message.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** A message that an agent sends. */
export interface AgentMessage {
  id: string;
  kind: MessageKind;
  /** Conversation that it is for. */
  to: string;
  /** Conversation and task that it comes from. */
  from: string;
  fromTask: string;
  text: string;
  data?: JsonValue;
  replyTo?: string;
  /** Of a question that its sender waits for: until when (ISO 8601), what it goes on with then, and the call that waits. */
  ask?: { deadline: string; fallback: string | null; call: string };
}

/** Keeps messages of people until the next turn of their context; keeping one again changes nothing. */
export async function writeMessages(sql: Sql, no: number, messages: readonly NewMessage[]): Promise<void> {
  for (const { id, to, from, text } of messages) {
    await sql.query(
      'insert into inbox (run_no, id, context, sender, body) values ($1, $2, $3, $4, $5) on conflict do nothing',
      [no, id, to, storable(from), storable(text)],
    );
  }
}

/** The same for a message of an agent (M3). */
export async function writeAgentMessage(sql: Sql, no: number, message: AgentMessage): Promise<void> {
  const { id, kind, to, from, fromTask, text, data, replyTo = null, ask } = message;
  await sql.query(
    `insert into inbox (run_no, id, context, sender, body, kind, from_context, from_task, data, reply_to, deadline, fallback, asked_by)
     values ($1, $2, $3, $4, $5, $6, $4, $7, $8::json, $9, $10, $11, $12) on conflict do nothing`,
    [
      ...[
        no,
        id,
        to,
        storable(from),
        storable(text),
        kind,
        fromTask,
        data === undefined ? null : toJsonb(data),
        replyTo,
      ],
      ...[ask?.deadline ?? null, ask?.fallback ?? null, ask?.call ?? null],
    ],
  );
}

// A `text` column holds neither.
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}

/** A question, as its sender and its receiver find it. */
export interface Request {
  id: string;
  from: string | null;
  to: string;
  text: string;
  state: CrewMessage['state'];
  deadline: string | null;
  fallback: string | null;
  reason: string | null;
}

const requestColumns = 'id, from_context as "from", context as "to", body as text, state, deadline, fallback, reason';

type RequestRow = Omit<Request, 'deadline'> & { deadline: Date | null };

function toRequest({ deadline, ...row }: RequestRow): Request {
  return { ...row, deadline: deadline?.toISOString() ?? null };
}

/** The question with that id; null: there is none. */
export async function findRequest(sql: Sql, no: number, id: string): Promise<Request | null> {
  const text = `select ${requestColumns} from inbox where run_no = $1 and id = $2 and kind = 'request'`;
  const { rows } = await sql.query<RequestRow>(text, [no, id]);
  return rows[0] ? toRequest(rows[0]) : null;
}

/** The oldest open question from one conversation to another; null: there is none. */
export async function findOpenRequest(
  sql: Sql,
  no: number,
  { from, to }: { from: string; to: string },
): Promise<Request | null> {
  const { rows } = await sql.query<RequestRow>(
    `select ${requestColumns} from inbox where run_no = $1 and from_context = $2 and context = $3 and kind = 'request'
       and state in ('queued', 'delivered', 'read') order by no limit 1`,
    [no, from, to],
  );
  return rows[0] ? toRequest(rows[0]) : null;
}

/** Whether one conversation has asked another one what it has not answered yet, be it too late or not. */
export async function hasUnanswered(
  sql: Sql,
  no: number,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { rows } = await sql.query(
    `select 1 from inbox where run_no = $1 and from_context = $2 and context = $3 and kind = 'request'
       and state <> 'answered' limit 1`,
    [no, from, to],
  );
  return rows.length > 0;
}

/** A question that somebody stands still for: see `StandingAsk`. */
interface WaitingAsk {
  id: string;
  by: string;
  from: string;
  to: string;
  text: string;
  answerer: string | null;
}

/** Questions that somebody stands still for, oldest first. */
export async function findWaitingAsks(sql: Sql, no: number): Promise<WaitingAsk[]> {
  const { rows } = await sql.query<WaitingAsk>(
    `select i.id, i.from_task as "by", i.from_context as "from", i.context as "to", left(i.body, 300) as text,
       (select t.id from tasks t where t.run_no = $1 and t.added_by = 'answer/' || i.id and t.ended_no is null limit 1) as answerer
     from inbox i join waits w on w.run_no = i.run_no and w.call_key = i.asked_by
     where i.run_no = $1 and i.kind = 'request' and i.state in ('queued', 'delivered', 'read') order by i.no`,
    [no],
  );
  return rows;
}

/** Open questions to conversations, by id, that somebody stands still for. */
export async function findAsksOf(sql: Sql, no: number, contexts: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from inbox where run_no = $1 and context = any($2) and kind = 'request' and asked_by is not null
       and state in ('queued', 'delivered', 'read')`,
    [no, contexts],
  );
  return rows.map(({ id }) => id);
}

/** A question comes to its end. Whatever came first stays. @returns whether it was this */
export async function endRequest(
  sql: Sql,
  no: number,
  { id, state, reason = null }: { id: string; state: 'answered' | 'expired' | 'dead'; reason?: string | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update inbox set state = $3, reason = $4, answered_at = case when $3 = 'answered' then now() end,
       ended_at = case when $3 <> 'answered' then now() end
     where run_no = $1 and id = $2 and kind = 'request' and state in ('queued', 'delivered', 'read')`,
    [no, id, state, reason],
  );
  return rowCount === 1;
}

/** Takes the answer to a question as the result of the call that waited for it; null: there is none yet. */
export async function takeAnswer(
  sql: Sql,
  no: number,
  { request, call }: { request: string; call: string },
): Promise<{ id: string; from: string; text: string; data: JsonValue | null } | null> {
  const { rows } = await sql.query<{ id: string; from: string; text: string; data: JsonValue | null }>(
    `update inbox set delivered_in = $3, delivered_at = coalesce(delivered_at, now()), read_at = now(), state = 'read'
     where run_no = $1 and reply_to = $2 and (delivered_in is null or delivered_in = $3)
     returning id, sender as "from", body as text, data`,
    [no, request, call],
  );
  return rows[0] ?? null;
}

/** What nobody will read any more, as the run is over. */
export async function endMessages(sql: Sql, no: number): Promise<void> {
  await sql.query(
    `update inbox set state = 'dead', reason = 'the run ended', ended_at = now() where run_no = $1 and state = 'queued' and delivered_in is null`,
    [no],
  );
}
