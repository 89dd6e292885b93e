import type { KeptMessage } from '../../domain/conversation/conversation.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

/** An execution that has ended, for whoever is told of it. */
export interface EndedExecution {
  id: string;
  task: string;
  agent: string;
  context: string;
  status: TaskStatus;
  head: string | null;
  /** How its last answer begins. */
  summary: string;
  /** What a structured answer was parsed to; undefined: its text is what counts. */
  value: JsonValue | undefined;
  error: string | null;
  /** When it ended among the others: later ones have a higher one. */
  order: number;
}

const columns =
  'id, task, agent, context, status, head, summary, output as value, output is not null as "isParsed", error, ended_no as "order"';

type Row = Omit<EndedExecution, 'value' | 'summary'> & { value: JsonValue; isParsed: boolean; summary: string | null };

function toExecution({ isParsed, value, summary, ...row }: Row): EndedExecution {
  return { ...row, summary: summary ?? '', value: isParsed ? value : undefined };
}

/** What an id stands for, of those that have ended: an execution, or a task by its newest one; of a `for_each` its members, in order. */
export async function findEnded(sql: Sql, no: number, id: string): Promise<EndedExecution[]> {
  const { rows } = await sql.query<Row & { width: number | null; iteration: number }>(
    `select ${columns}, width, iteration from tasks where run_no = $1 and (id = $2 or (task = $2 and item is null))
       and (ended_no is not null or width is not null) order by (id = $2 and task <> $2) desc, iteration desc limit 1`,
    [no, id],
  );
  const [found] = rows;
  if (!found) return [];
  if (found.width === null) return [toExecution(found)];
  const members = await sql.query<Row>(
    `select ${columns} from tasks where run_no = $1 and task = $2 and iteration = $3 and item is not null and ended_no is not null order by item`,
    [no, found.task, found.iteration],
  );
  return members.rows.map(toExecution);
}

/** Executions that came to an end after another one, oldest first. */
export async function listEndedSince(sql: Sql, no: number, order: number): Promise<EndedExecution[]> {
  const { rows } = await sql.query<Row>(
    `select ${columns} from tasks where run_no = $1 and ended_no > $2 and width is null and status <> 'skipped' order by ended_no limit 1000`,
    [no, order],
  );
  return rows.map(toExecution);
}

/** What was said in an execution, oldest first, from its answer `head` back to its prompt. */
export async function loadTalk(sql: Sql, head: string, id: string): Promise<KeptMessage[]> {
  const { rows } = await sql.query<KeptMessage>(
    `with recursive talk as (
       select id, parent, depth, role, content from messages where id = $1
       union all
       select m.id, m.parent, m.depth, m.role, m.content from talk join messages m on m.id = talk.parent where starts_with(m.call_key, $2))
     select role, content from talk order by depth`,
    [head, `${id}~`],
  );
  return rows;
}
