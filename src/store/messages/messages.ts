/*
 * Messages of a run: those of agents to each other, and those that people send.
 *
 * M1 A message is delivered in the statement that freezes the turn it stands in (`takenText`, model-calls.ts): both are there, or neither.
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

/** A message that a turn delivers. */
export interface Mail {
  id: string;
  sender: string;
  body: string;
  kind: MessageKind;
  /** The conversation that it comes from; null: a person sent it. */
  fromContext: string | null;
  data: JsonValue | null;
  replyTo: string | null;
  /** It was told as delivered before. */
  isTold: boolean;
}

/** Which turn looks for messages. */
interface MailTurn {
  context: string;
  /** Messages that are for it wherever they are sent to, by id. */
  own: readonly string[];
  key: string;
  /** It is the first of an attempt: what was delivered in calls that nobody answered, it does not know. */
  isFirst: boolean;
  /** Beginnings of the keys of attempts that its conversation does not go on from. */
  lost: readonly string[];
}

/** Messages that a turn is to deliver, oldest first; with the turn itself they count as delivered (M1, M2). */
export async function findMail(sql: Sql, no: number, { context, own, key, isFirst, lost }: MailTurn): Promise<Mail[]> {
  const { rows } = await sql.query<Mail>(
    `select i.id, i.sender, i.body, i.kind, i.from_context as "fromContext", i.data, i.reply_to as "replyTo", i.delivered_in is not null as "isTold"
     from inbox i where run_no = $1 and (context = $2 or id = any($6)) and state in ('queued', 'delivered', 'read') and (delivered_in is null or delivered_in = $3
       or exists (select 1 from unnest($4::text[]) as l (prefix) where starts_with(i.delivered_in, l.prefix))
       or ($5 and i.state = 'delivered' and not exists (select 1 from journal j where j.run_no = $1 and j.key = i.delivered_in and j.state = 'done')))
     order by i.no limit 500`,
    [no, context, key, lost, isFirst, own],
  );
  return rows;
}

/** Ends a model call's intent, of key $2 of the run in `budget`: the messages `ids` count as delivered in it (M1). */
export const takenText = (ids: string): string => `
taken as (
  update inbox i set delivered_in = $2, delivered_at = coalesce(i.delivered_at, now()), state = case when i.state = 'queued' then 'delivered' else i.state end
  from budget where i.run_no = budget.no and i.id = any(${ids}))`;

/** The model has answered the turn in which these were delivered. */
export async function markRead(sql: Sql, no: number, key: string): Promise<void> {
  await sql.query(
    `update inbox set state = 'read', read_at = now() where run_no = $1 and delivered_in = $2 and state = 'delivered'`,
    [no, key],
  );
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
    `update inbox set state = $3, reason = $4, answered_at = case when $3 = 'answered' then now() end
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
    `update inbox set state = 'dead', reason = 'the run ended' where run_no = $1 and state = 'queued' and delivered_in is null`,
    [no],
  );
}

/** Messages of a conversation that it has not read, oldest first; at most `limit`. */
export async function findUnread(sql: Sql, no: number, context: string, limit: number): Promise<CrewMessage[]> {
  return list(
    sql,
    `run_no = $1 and context = $2 and (delivered_in is null or kind = 'request') and state in ('queued', 'delivered', 'read') order by no limit $3`,
    [no, context, limit],
  );
}

/** Messages of a run with a number above `after`, in order. @returns each with its number */
export async function listMessages(
  sql: Sql,
  runKey: string,
  { after = 0, limit = 1000 }: { after?: number; limit?: number } = {},
): Promise<(CrewMessage & { no: number })[]> {
  return list(sql, 'run_no = (select no from runs where run_key = $1) and no > $2 order by no limit $3', [
    runKey,
    after,
    limit,
  ]);
}

interface MessageRow {
  no: number;
  id: string;
  kind: MessageKind;
  sender: string;
  context: string;
  body: string;
  data: JsonValue | null;
  state: CrewMessage['state'];
  reply_to: string | null;
  reason: string | null;
  at: Date;
  delivered_at: Date | null;
  answered_at: Date | null;
  is_delivered: boolean;
  waited_ms: number;
}

async function list(sql: Sql, where: string, values: unknown[]): Promise<(CrewMessage & { no: number })[]> {
  const { rows } = await sql.query<MessageRow>(
    `select no, id, kind, sender, context, body, data, state, reply_to, reason, at, delivered_at, answered_at, delivered_in is not null as is_delivered,
       greatest(0, extract(epoch from coalesce(delivered_at, now()) - at) * 1000)::bigint as waited_ms
     from inbox where ${where}`,
    values,
  );
  return rows.map(toMessage);
}

function toMessage(row: MessageRow): CrewMessage & { no: number } {
  const { no, id, kind, state, data, reason } = row;
  return {
    ...{ no, id, kind, from: row.sender, to: row.context, text: row.body, ...(data !== null && { data }) },
    // A worker of before says it by the turn alone.
    state: state === 'queued' && row.is_delivered ? 'delivered' : state,
    replyTo: row.reply_to,
    ...(reason !== null && { reason }),
    ...{ sentAt: row.at.toISOString(), deliveredAt: row.delivered_at?.toISOString() ?? null },
    ...{ answeredAt: row.answered_at?.toISOString() ?? null, waitedMs: row.waited_ms },
  };
}
