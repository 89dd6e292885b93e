import type { CrewMessage } from '../../domain/messages/message.ts';
import type { Sql } from '../database/sql.ts';
import { selectMessages } from './message-rows.ts';

/** Messages of a conversation that it has not read, oldest first; at most `limit`. */
export async function findUnread(sql: Sql, no: number, context: string, limit: number): Promise<CrewMessage[]> {
  return selectMessages(
    sql,
    `run_no = $1 and context = $2 and (delivered_in is null or kind = 'request') and state in ('queued', 'delivered', 'read') order by no limit $3`,
    [no, context, limit],
  );
}

/** Whether a question that nobody stands still for, an answer or work handed over is there for a conversation, and in none of its turns yet. */
export async function hasUrgentMail(sql: Sql, no: number, context: string): Promise<boolean> {
  const { rows } = await sql.query(
    `select 1 from inbox where run_no = $1 and context = $2 and state = 'queued' and delivered_in is null
       and kind in ('request', 'response', 'handoff') and asked_by is null limit 1`,
    [no, context],
  );
  return rows.length > 0;
}

/** Messages of a conversation that it was told of in a summary only, oldest first; at most `limit`, which came after the one with the id `after`. */
export async function findFolded(
  sql: Sql,
  no: number,
  { context, after, limit }: { context: string; after: string | null; limit: number },
): Promise<CrewMessage[]> {
  return selectMessages(
    sql,
    `run_no = $1 and context = $2 and folded and no > coalesce((select b.no from inbox b where b.run_no = $1 and b.context = $2 and b.id = $3), 0) order by no limit $4`,
    [no, context, after, limit],
  );
}

/** One message to a conversation; null: there is none. */
export async function findOwn(
  sql: Sql,
  no: number,
  { context, id }: { context: string; id: string },
): Promise<CrewMessage | null> {
  const found = await selectMessages(sql, 'run_no = $1 and context = $2 and id = $3', [no, context, id]);
  return found[0] ?? null;
}

/** Whether a message stands in a turn of the conversation that it is for. */
export async function isHeard(sql: Sql, no: number, id: string): Promise<boolean> {
  const text = 'select 1 from inbox where run_no = $1 and id = $2 and delivered_in is not null';
  return (await sql.query(text, [no, id])).rows.length > 0;
}
