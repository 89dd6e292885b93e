import type { NewMessage } from '../../contracts/progress.ts';
import type { Sql } from '../database/sql.ts';

/** A message for a conversation. */
export interface InboxMessage {
  id: string;
  sender: string;
  body: string;
}

/** Keeps messages until the next turn of their context; keeping one again changes nothing. */
export async function writeMessages(sql: Sql, no: number, messages: readonly NewMessage[]): Promise<void> {
  for (const { id, to, from, text } of messages) {
    await sql.query(
      'insert into inbox (run_no, id, context, sender, body) values ($1, $2, $3, $4, $5) on conflict do nothing',
      [no, id, to, storable(from), storable(text)],
    );
  }
}

// A `text` column holds neither.
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}

/** Messages that a turn delivers, oldest first: those that wait, and on a repetition those that it took the first time. */
export async function takeMessages(
  sql: Sql,
  no: number,
  { context, key }: { context: string; key: string },
): Promise<InboxMessage[]> {
  const { rows } = await sql.query<InboxMessage & { no: number }>(
    `update inbox set delivered_in = $3 where run_no = $1 and context = $2 and (delivered_in is null or delivered_in = $3)
     returning no, id, sender, body`,
    [no, context, key],
  );
  return rows.toSorted((a, b) => a.no - b.no).map(({ id, sender, body }) => ({ id, sender, body }));
}
