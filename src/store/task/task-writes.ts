import type { EndedTask } from '../../contracts/progress.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { isHelper } from '../../domain/ids/worker-id.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseOutput } from '../../domain/plan/output-note.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { hashOf } from '../database/canonical-json.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { loadTexts } from './task-facts.ts';

/** Longest summary, in characters. */
const longestSummary = 2000;

/** What a task's row holds from its beginning on. Null `verdict`: it was added and has not begun. */
export interface BegunRow {
  id: string;
  task: string;
  item: number | null;
  iteration: number;
  phase: number | null;
  status: 'pending' | 'running' | 'skipped' | 'failed' | 'reused';
  agent: string;
  context: string;
  depth: number;
  epoch: number;
  verdict: JsonValue;
  prompt?: string;
  width?: number;
  can_compensate?: boolean;
  reuse_key?: string;
  reused_from?: string;
  output_hash?: string | null;
  head?: string | null;
  output?: JsonValue;
  summary?: string;
  error?: string;
  attempts?: number;
}

const begunColumns = `id text, task text, item int, iteration int, phase int, status text, agent text, context text, depth int, epoch int,
  verdict json, prompt text, width int, can_compensate boolean, reuse_key text, reused_from text, output_hash text, head text, output json,
  summary text, error text, attempts int`;
const begunNames = begunColumns.split(',').map((column) => column.trim().split(' ')[0]!);
const begunText = `
insert into tasks (run_no, ${begunNames.join(', ')}, started_no, ended_no)
select $1, ${begunNames.map((name) => (name === 'can_compensate' || name === 'attempts' ? `coalesce(b.${name}, ${name === 'attempts' ? 0 : false})` : `b.${name}`)).join(', ')},
  case when b.status = 'running' then nextval('task_order') end,
  case when b.status <> 'running' then nextval('task_order') end
from json_to_recordset($2::json) as b (${begunColumns})
on conflict (run_no, id) do update set
  ${begunNames
    .filter((name) => name !== 'id')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')},
  duration_ms = 0, compensated = null, compensation_error = null, started_no = excluded.started_no, ended_no = excluded.ended_no`;

/** Writes the rows of tasks that begin, are skipped, or are done by an earlier run. What was there of an earlier epoch is replaced. */
export async function writeBegun(sql: Sql, no: number, rows: readonly BegunRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(begunText, [no, toJsonb(rows)]);
  const redone = rows.filter(({ item, epoch }) => item !== null && epoch > 0);
  if (redone.length === 0) return;
  // A group whose members are done anew has not ended any more.
  await sql.query(
    `update tasks set status = 'running', ended_no = null from unnest($2::text[], $3::int[]) as r (task, iteration)
     where run_no = $1 and tasks.task = r.task and tasks.iteration = r.iteration and width is not null`,
    [no, redone.map(({ task }) => task), redone.map(({ iteration }) => iteration)],
  );
}

/** Keeps the items of a `for_each`. */
export async function writeItems(
  sql: Sql,
  no: number,
  { task, iteration, items }: { task: string; iteration: number; items: readonly JsonValue[] },
): Promise<void> {
  await sql.query('delete from task_items where run_no = $1 and task = $2 and iteration = $3', [no, task, iteration]);
  await sql.query(
    `insert into task_items (run_no, task, iteration, item, value)
     select $1, $2, $3, i.place - 1, i.value from json_array_elements($4::json) with ordinality as i (value, place)`,
    [no, task, iteration, toJsonb(items)],
  );
}

const endedText = `
insert into tasks (run_no, id, task, item, iteration, phase, status, agent, context, head, output, summary, output_hash, error, attempts,
  duration_ms, ended_no)
select $1, e.id, e.task, e.item, e.iteration, e.phase, e.status, e.agent, e.context, e.head, e.output, e.summary, e.output_hash, e.error,
  e.attempts, e.duration_ms, nextval('task_order')
from json_to_recordset($2::json) as e (id text, task text, item int, iteration int, phase int, status text, agent text, context text,
  head text, output json, summary text, output_hash text, error text, attempts int, duration_ms bigint)
on conflict (run_no, id) do update set
  status = excluded.status, agent = excluded.agent, context = excluded.context, head = excluded.head, output = excluded.output,
  summary = excluded.summary, output_hash = excluded.output_hash, error = excluded.error, attempts = excluded.attempts,
  duration_ms = excluded.duration_ms, ended_no = coalesce(tasks.ended_no, excluded.ended_no)`;

/** Writes how tasks ended, in this order; writing it again changes nothing. `definitionOf` finds a task of the plan or an added one. */
export async function writeEnded(
  sql: Sql,
  no: number,
  { ended: told, definitionOf }: { ended: readonly EndedTask[]; definitionOf: (id: string) => PlanTask | undefined },
): Promise<void> {
  // One that was cancelled since somebody gave it up is told of twice: the last word counts.
  const ended = [...new Map(told.map((task) => [task.id, task])).values()];
  // Their results were written when they were taken over, or when they ended at first.
  const kept = ended.filter(({ status }) => status === 'reused' || status === 'compensated');
  if (kept.length > 0) {
    await sql.query(
      `update tasks set status = e.status, compensated = case when e.status = 'compensated' then 'succeeded' else compensated end
       from unnest($2::text[], $3::text[]) as e (id, status)
       where run_no = $1 and tasks.id = e.id and tasks.status is distinct from e.status`,
      [no, kept.map(({ id }) => id), kept.map(({ status }) => status)],
    );
  }
  // An agent that undoes or helps (`undo:ID`, `help:N:ID`) is no task of its own.
  const fresh = ended.filter((task) => !kept.includes(task) && !isHelper(task.id));
  if (fresh.length === 0) return;
  const texts = await loadTexts(
    sql,
    fresh.flatMap(({ head }) => head ?? []),
  );
  const rows = fresh.map((task) => toEndedRow(task, definitionOf, texts));
  await sql.query(endedText, [no, toJsonb(rows)]);
}

function toEndedRow(
  { id, durationMs, isJson = false, value, ...task }: EndedTask,
  definitionOf: (id: string) => PlanTask | undefined,
  texts: ReadonlyMap<string, string>,
) {
  const instance = toInstance(id);
  const definition = definitionOf(instance.task);
  const text = task.head === null ? '' : (texts.get(task.head) ?? '');
  const returned = value === undefined ? undefined : { output: value, output_hash: hashOf(value) };
  const result =
    returned !== undefined
      ? returned
      : task.status === 'succeeded'
        ? toResult(text, isJson || Boolean(definition?.output), definition?.output ?? null)
        : {};
  const summary = text.slice(0, longestSummary).toWellFormed();
  return {
    ...task,
    ...instance,
    id,
    phase: definition?.phase ?? null,
    duration_ms: Math.round(durationMs),
    summary,
    ...result,
  };
}

function toResult(
  text: string,
  isJson: boolean,
  schema: JsonObject | null,
): { output?: JsonValue; output_hash: string } {
  const output = isJson ? parseOutput(text, schema) : undefined;
  return output === undefined ? { output_hash: hashOf(text) } : { output, output_hash: hashOf(output) };
}
