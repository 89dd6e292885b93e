import type { JsonValue } from '../../domain/json.ts';
import type { CrewMessage, MessageKind } from '../../domain/messages/message.ts';
import type { Sql } from '../database/sql.ts';

/** A message with its number: they rise in the order of sending. */
export type NumberedMessage = CrewMessage & { no: number };

/** Messages of a run with a number above `after` and none of `except`, in order. */
export async function listMessages(
  sql: Sql,
  runKey: string,
  { after = 0, limit = 1000, except = [] }: { after?: number; limit?: number; except?: readonly number[] } = {},
): Promise<NumberedMessage[]> {
  return selectMessages(
    sql,
    'run_no = (select no from runs where run_key = $1) and no > $2 and no <> all($4) order by no limit $3',
    [runKey, after, limit, except],
  );
}

/** Those of these messages that are no longer as somebody knows them, in order. */
export async function findChanged(
  sql: Sql,
  runKey: string,
  known: readonly (Pick<CrewMessage, 'id' | 'state'> & { isFolded: boolean })[],
): Promise<NumberedMessage[]> {
  if (known.length === 0) return [];
  const changed = `select b.id from unnest($2::text[], $3::text[], $4::boolean[]) as k (id, state, folded)
    join inbox b on b.run_no = (select no from runs where run_key = $1) and b.id = k.id where ${shownState('b')} <> k.state or b.folded <> k.folded`;
  const values = [known.map(({ id }) => id), known.map(({ state }) => state), known.map(({ isFolded }) => isFolded)];
  return selectMessages(sql, `run_no = (select no from runs where run_key = $1) and id in (${changed}) order by no`, [
    runKey,
    ...values,
  ]);
}

/** Messages that a condition on `inbox` picks. */
export async function selectMessages(sql: Sql, where: string, values: unknown[]): Promise<NumberedMessage[]> {
  const { rows } = await sql.query<MessageRow>(
    `select no, id, kind, sender, context, body, data, ${shownState('inbox')} as state, reply_to, reason, at, delivered_at, answered_at, folded,
       greatest(0, extract(epoch from ${waitsUntil} - at) * 1000)::bigint as waited_ms
     from inbox where ${where}`,
    values,
  );
  return rows.map(toMessage);
}

// Nobody waits for what was answered unread, was given up, or is of a run that has ended. A worker of before does not say when it gave up.
const waitsUntil = `coalesce(delivered_at, answered_at, ended_at, case when state = 'expired' then deadline end,
  (select r.ended_at from runs r where r.no = run_no), now())`;

// A worker of before says it by the turn alone.
const shownState = (row: string): string =>
  `case when ${row}.state = 'queued' and ${row}.delivered_in is not null then 'delivered' else ${row}.state end`;

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
  folded: boolean;
  waited_ms: number;
}

function toMessage(row: MessageRow): NumberedMessage {
  const { no, id, kind, state, data, reason } = row;
  return {
    ...{ no, id, kind, from: row.sender, to: row.context, text: row.body, ...(data !== null && { data }), state },
    ...(row.folded && { isFolded: true as const }),
    replyTo: row.reply_to,
    ...(reason !== null && { reason }),
    ...{ sentAt: row.at.toISOString(), deliveredAt: row.delivered_at?.toISOString() ?? null },
    ...{ answeredAt: row.answered_at?.toISOString() ?? null, waitedMs: row.waited_ms },
  };
}
