/*
 * What a turn delivers of the messages to its conversation.
 *
 * D1 A turn shows at most so many messages, with so many bytes of text and data (`inboxBounds`).
 * D2 What somebody waits for or goes on with comes first, oldest first: questions, answers, work handed over, words of people. What of it
 *    does not fit waits for the next turn.
 * D3 Of the rest (data, broadcasts) the newest are shown that still fit; the older ones are folded into a summary. They count as
 *    delivered as those that are shown do, and stay in the store.
 * D4 A turn looks at so many waiting ones of D2 and as many of D3 (`inboxBounds.lookedAt`), the oldest: what it delivers is written in the
 *    statement that holds the run's row. The others wait for the next turn.
 */
import { inboxBounds } from '../../domain/messages/inbox-bounds.ts';
import type { DeliveredMail } from '../../domain/messages/mail-text.ts';
import type { Sql } from '../database/sql.ts';

/** What becomes of a message with a turn: see D1-D3. */
export interface MailPlace {
  id: string;
  place: 'shown' | 'folded' | 'later';
}

/** A message that a turn shows. */
interface Mail extends DeliveredMail {
  /** It was told as delivered before. */
  isTold: boolean;
}

/** What a turn is to deliver. */
export interface TurnMail {
  /** Oldest first. */
  shown: Mail[];
  /** Oldest first. */
  folded: (Pick<Mail, 'id' | 'isTold'> & { fromContext: string })[];
  later: Pick<Mail, 'id' | 'isTold'>[];
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

type MailRow =
  | (TurnMail['shown'][number] & { place: 'shown' })
  | (TurnMail['folded'][number] & { place: 'folded' })
  | (TurnMail['later'][number] & { place: 'later' });

/** Messages that a turn is to deliver (D1-D3); with the turn itself they count as delivered (M1, M2). */
export async function findMail(
  sql: Sql,
  no: number,
  { context, own, key, isFirst, lost }: MailTurn,
): Promise<TurnMail> {
  const values = [no, context, key, lost, isFirst, own, inboxBounds.messages, inboxBounds.bytes, inboxBounds.lookedAt];
  const { rows } = await sql.query<MailRow>(mailText, values);
  return {
    shown: rows.filter((row) => row.place === 'shown'),
    folded: rows.filter((row) => row.place === 'folded'),
    later: rows.filter((row) => row.place === 'later'),
  };
}

// Both stand like this in an index.
const folds = `(kind in ('data', 'broadcast') and from_context is not null)`;
const unread = (which: string): string =>
  `(select id from inbox where run_no = $1 and context = $2 and delivered_in is null and state = 'queued' and ${which} order by no limit $9)`;

// By its key, whatever the planner knows of a table that is filling up.
const rowOf = (of: string): string => `lateral (select * from inbox where run_no = $1 and id = ${of}.id limit 1) i`;

const mailText = `
with found as (
  ${unread(folds)}
  union ${unread(`not ${folds}`)}
  union select id from inbox where run_no = $1 and id = any($6)
  union select id from inbox where run_no = $1 and delivered_in = $3
  union select id from inbox where $5 and run_no = $1 and context = $2 and delivered_in is not null),
due as (
  select no, i.id, i.id = any($6) as is_own, ${folds} as folds,
    least(octet_length(body) + coalesce(octet_length(data::text), 0), $8) as bytes
  from found, ${rowOf('found')} where (context = $2 or i.id = any($6)) and state in ('queued', 'delivered', 'read') and (delivered_in is null or delivered_in = $3
    or exists (select 1 from unnest($4::text[]) as l (prefix) where starts_with(i.delivered_in, l.prefix))
    or ($5 and i.state = 'delivered' and not exists (select 1 from journal j where j.run_no = $1 and j.key = i.delivered_in and j.state = 'done')))),
placed as (
  select id, no, case when row_number() over w <= $7 and sum(bytes) over w <= $8 then 'shown' when folds then 'folded' else 'later' end as place
  from due window w as (order by is_own desc, folds, case when folds then -no else no end))
select p.place, p.id, i.from_context as "fromContext", i.sender, i.kind, i.reply_to as "replyTo", i.delivered_in is not null or i.delivered_at is not null as "isTold",
  case when p.place = 'shown' then i.body end as body, case when p.place = 'shown' then i.data end as data
from placed p, ${rowOf('p')} order by p.no`;

/**
 * Ends a model call's intent, of key $2 of the run in `budget`: these messages count as delivered in it (M1). What waits for the next turn
 * has not been delivered, also where an attempt before had got it.
 */
export const takenText = (ids: string, places: string): string => `
taken as (
  update inbox i set folded = m.place = 'folded',
    delivered_in = case when m.place <> 'later' then $2 end,
    delivered_at = case when m.place <> 'later' then coalesce(i.delivered_at, now()) else i.delivered_at end,
    state = case when m.place = 'later' and i.state in ('delivered', 'read') then 'queued' when m.place <> 'later' and i.state = 'queued' then 'delivered' else i.state end
  from budget, unnest(${ids}, ${places}) as m (id, place) where i.run_no = budget.no and i.id = m.id)`;

/** The model has answered the turn in which these were delivered. */
export async function markRead(sql: Sql, no: number, key: string): Promise<void> {
  await sql.query(
    `update inbox set state = 'read', read_at = now() where run_no = $1 and delivered_in = $2 and state = 'delivered'`,
    [no, key],
  );
}
