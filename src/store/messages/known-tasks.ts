import type { KnownTask } from '../../domain/messages/address.ts';
import type { Sql } from '../database/sql.ts';

/** Executions that a word, or one of several, may mean: by conversation, id, task or agent; with those that share a conversation with one of them. */
export async function findKnownTasks(sql: Sql, no: number, word: string | readonly string[]): Promise<KnownTask[]> {
  const { rows } = await sql.query<KnownTask>(
    `select id, context, agent, ended_no is null as "isOpen", started_no is not null as "hasBegun" from tasks
     where run_no = $1 and width is null and context in (
       select context from tasks where run_no = $1 and (context = any($2) or id = any($2) or task = any($2) or agent = any($2)))
     order by coalesce(started_no, added_no), id limit 5000`,
    [no, typeof word === 'string' ? [word] : word],
  );
  return rows;
}

/** Conversations of a run that are at work or to come, as far as they have begun or were added. */
export async function findOpenContexts(sql: Sql, no: number): Promise<string[]> {
  const { rows } = await sql.query<{ context: string }>(
    'select distinct context from tasks where run_no = $1 and width is null and ended_no is null order by 1 limit 1000',
    [no],
  );
  return rows.map(({ context }) => context);
}
