import type { RunEventBody } from '../../domain/run/run-events.ts';
import type { Sql } from '../database/sql.ts';

/** A decision, a message to all, or a change of the state, for whoever is told of it. */
export type ToldEvent = RunEventBody & {
  type: 'approval:decided' | 'approval:expired' | 'blocker:resolved' | 'message:sent' | 'state:set';
} & {
  /** Later ones have a higher one. */
  seq: number;
  /** Of a decision what was asked, in words; of a message its text. */
  about: string;
};

// As the index `events_of_notes` has it, or it would not be used.
const isOfNotes = `(e.data ->> 'type' in ('approval:decided', 'approval:expired', 'blocker:resolved', 'state:set') or e.data ->> 'kind' = 'broadcast')`;

/** What was decided, said to all, or changed in the state after an event, oldest first; without what a conversation did itself or gets as its own message. */
export async function listToldSince(
  sql: Sql,
  no: number,
  { seq, context }: { seq: number; context: string },
): Promise<ToldEvent[]> {
  const { rows } = await sql.query<{ seq: number; data: ToldEvent; about: string | null }>(
    `select e.seq, e.data, coalesce(
       (select i.body from inbox i where i.run_no = $1 and i.id = e.data ->> 'messageId' || '.0'),
       (select coalesce(q.data ->> 'what', q.data ->> 'detail') from events q where q.run_no = $1 and q.key = any (array[
         'asked/' || coalesce(e.data ->> 'approvalId', e.data ->> 'blockerId'), 'raised/' || (e.data ->> 'blockerId')]) limit 1)) as about
     from events e where e.run_no = $1 and e.seq > $2 and ${isOfNotes}
       and coalesce(e.data ->> 'from', e.data ->> 'actor') is distinct from $3
       and not exists (select 1 from inbox i where i.run_no = $1 and i.context = $3 and i.kind = 'broadcast'
         and starts_with(i.id, e.data ->> 'messageId' || '.'))
     order by e.seq limit 1000`,
    [no, seq, context],
  );
  return rows.map(({ data, about, ...row }) => ({ ...data, ...row, about: about ?? '' }));
}
