import type { JsonObject } from '../../domain/json.ts';
import { modelKey } from '../../domain/ids/journal-key.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { messageId } from './conversation.ts';

/** A run that is, or was, a task of another one. */
export interface NestedRow {
  runId: string;
  runKey: string;
  attempt: number;
  status: string;
}

/** Runs that an execution of a run was, the newest first; `runKey`: of that run. */
export async function nestedRuns(sql: Sql, runKey: string, taskId: string): Promise<NestedRow[]> {
  const { rows } = await sql.query<NestedRow>(
    `select n.run_id as "runId", n.run_key as "runKey", n.parent_attempt as attempt, n.status
     from runs n join runs r on r.no = n.parent_no where r.run_key = $1 and n.parent_task = $2 order by n.no desc`,
    [runKey, taskId],
  );
  return rows;
}

/** An execution as it began: what it was asked, and where its conversation is. */
export interface BegunRow {
  prompt: string;
  agent: string;
  context: string;
}

/** What an execution began with; undefined: it has not begun. */
export async function findBegun(sql: Sql, no: number, id: string): Promise<BegunRow | undefined> {
  const { rows } = await sql.query<BegunRow>(
    'select prompt, agent, context from tasks where run_no = $1 and id = $2 and prompt is not null',
    [no, id],
  );
  return rows[0];
}

/** What was asked of something that is no agent, and what it answered. */
export interface Exchange {
  runKey: string;
  no: number;
  taskId: string;
  attempt: number;
  begun: BegunRow;
  answered: string;
  /** What it cost, if anything, in nano-USD. */
  paid?: { usage: JsonObject; nano: number };
}

/**
 * Keeps both as the conversation of the task, so that whoever reads outputs, transcripts and costs finds them where those of agents are.
 *
 * @returns the message that has the answer
 */
export async function writeExchange(sql: Sql, exchange: Exchange): Promise<string> {
  const { runKey, no, answered, paid } = exchange;
  const { prompt, agent, context } = exchange.begun;
  const { taskId, attempt } = exchange;
  const key = modelKey({ taskId, attempt, turn: 1, epoch: 0 });
  const [first, last] = [messageId(runKey, key, 'user'), messageId(runKey, key, 'assistant')];
  const text = (words: string): unknown => toJsonb([{ type: 'text', text: words }]);
  await sql.query(
    `insert into messages (id, run_no, parent, root, depth, call_key, role, content, usage, cost_nano)
     values ($1, $3, null, $1, 1, $4, 'user', $5::json, null, null), ($2, $3, $1, $1, 2, $4, 'assistant', $6::json, $7::jsonb, $8)
     on conflict do nothing`,
    [
      first,
      last,
      no,
      key,
      text(prompt),
      text(answered),
      paid ? toJsonb({ ...paid.usage, nested: true }) : null,
      paid?.nano ?? null,
    ],
  );
  await sql.query(
    `insert into contexts (run_no, name, agent, head) values ($1, $2, $3, $4)
     on conflict (run_no, name) do update set head = excluded.head, agent = excluded.agent`,
    [no, context, agent, last],
  );
  return last;
}

/** What an exchange cost in the end, as its run was undone after it had answered; without the exchange nothing is done. */
export async function writePaid(
  sql: Sql,
  { runKey, taskId, attempt }: Pick<Exchange, 'runKey' | 'taskId' | 'attempt'>,
  { usage, nano }: NonNullable<Exchange['paid']>,
): Promise<void> {
  const id = messageId(runKey, modelKey({ taskId, attempt, turn: 1, epoch: 0 }), 'assistant');
  await sql.query('update messages set usage = $2, cost_nano = $3 where id = $1', [
    ...[id, toJsonb({ ...usage, nested: true }), nano],
  ]);
}
