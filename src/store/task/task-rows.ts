import type { BegunTask, EndedTask } from '../../contracts/progress.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { PlanTask, Workspace } from '../../domain/plan/plan.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

/** One execution of a task, as the store keeps it. Times in ms; `startedNo` and `endedNo` grow in the order of starts and ends. */
export interface TaskRow {
  id: string;
  /** Its id in the plan. */
  task: string;
  phase: number | null;
  status: TaskStatus;
  agent: string;
  context: string;
  /** As the agent got it; null: it has not begun. */
  prompt: string | null;
  /** Task that added it; null: none. */
  parent: string | null;
  depth: number;
  epoch: number;
  /** Members of a `for_each`; null: not one. */
  width: number | null;
  head: string | null;
  summary: string;
  error: string | null;
  attempts: number;
  durationMs: number;
  startedNo: number | null;
  endedNo: number | null;
  /** What became of its compensation; null: it was not undone. */
  compensated: 'succeeded' | 'failed' | null;
  /** Execution of an earlier run whose result it has; `NO/ID`. */
  reusedFrom: string | null;
  /** State of the workspace when it began, or after it; null: none was kept. */
  snapshot: string | null;
  /** Of a task that was added: where its tools work; null: in the run's workspace, or where the plan says. */
  workspace: Workspace | null;
  /** Equal for equal results; null: it has none. */
  outputHash: string | null;
}

/** Something to undo, see {@link undoList}. */
export interface UndoEntry {
  id: string;
  task: string;
  agent: string;
  context: string;
  taskEnded: boolean;
  snapshot: string | null;
}

/** Executions of a run, in the order in which they began; those that never did come last. */
export async function listTasks(sql: Sql, no: number): Promise<TaskRow[]> {
  const { rows } = await sql.query<TaskRow>(
    `select id, task, phase, status, agent, context, prompt, parent, depth, epoch, width, head, coalesce(summary, '') as summary, error,
       attempts, duration_ms as "durationMs", started_no as "startedNo", ended_no as "endedNo", compensated,
       reused_from as "reusedFrom", snapshot, definition->'workspace' as workspace, output_hash as "outputHash"
     from tasks where run_no = $1 order by coalesce(started_no, ended_no), id`,
    [no],
  );
  return rows;
}

// A cancelled task did not come to its own end.
const hasEndedText = `(ended_no is not null and status <> 'cancelled')`;

/**
 * What is to be undone, in this order: tasks that never ended, the last one begun first; then the others, the last one ended first.
 *
 * Only what this run did itself: a result taken over from an earlier run is that run's to undo. What was undone is left out.
 */
export async function undoList(sql: Sql, no: number): Promise<UndoEntry[]> {
  const { rows } = await sql.query<UndoEntry>(
    `select id, task, agent, context, ${hasEndedText} as "taskEnded", snapshot from tasks
     where run_no = $1 and can_compensate and width is null and started_no is not null and compensated is distinct from 'succeeded'
       and (ended_no is null or attempts > 0)
     order by ${hasEndedText}, case when ${hasEndedText} then ended_no end desc, started_no desc`,
    [no],
  );
  return rows;
}

/** Those of these executions that somebody gave up. */
export async function listGivenUp(sql: Sql, no: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from tasks where run_no = $1 and id = any($2) and status = 'skipped'`,
    [no, ids],
  );
  return rows.map(({ id }) => id);
}

/** Those of these executions that have come to an end by themselves. */
export async function listDone(sql: Sql, no: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from tasks where run_no = $1 and id = any($2) and status in ('succeeded', 'reused', 'failed')`,
    [no, ids],
  );
  return rows.map(({ id }) => id);
}

/** Notes what became of a compensation. */
export async function writeCompensated(
  sql: Sql,
  no: number,
  { id, error }: { id: string; error: string | null },
): Promise<void> {
  await sql.query(
    `update tasks set compensated = $3, compensation_error = $4, status = case when $3 = 'succeeded' then 'compensated' else status end
     where run_no = $1 and id = $2`,
    [no, id, error === null ? 'succeeded' : 'failed', error],
  );
}

/** Tasks of which something has begun so far, by their ids in the plan. */
export async function begunTasks(sql: Sql, no: number): Promise<string[]> {
  const { rows } = await sql.query<{ task: string }>(
    'select distinct task from tasks where run_no = $1 and started_no is not null',
    [no],
  );
  return rows.map(({ task }) => task);
}

/** Definition of a task that was added while the run lived. */
export async function findAdded(sql: Sql, no: number, task: string): Promise<PlanTask | undefined> {
  const { rows } = await sql.query<{ definition: PlanTask | null }>(
    'select definition from tasks where run_no = $1 and id = $2',
    [no, task],
  );
  return rows[0]?.definition ?? undefined;
}

/** Prompt of an execution as it was made when it began; undefined: it has no row. */
export async function findPrompt(sql: Sql, no: number, id: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ prompt: string | null }>(
    'select prompt from tasks where run_no = $1 and id = $2',
    [no, id],
  );
  return rows[0]?.prompt ?? undefined;
}

/** What was answered for executions when they began; null: they were added and have not begun. */
export async function findVerdicts(
  sql: Sql,
  no: number,
  ids: readonly string[],
): Promise<{ id: string; epoch: number; verdict: BegunTask | null }[]> {
  const { rows } = await sql.query<{ id: string; epoch: number; verdict: BegunTask | null }>(
    'select id, epoch, verdict from tasks where run_no = $1 and id = any($2)',
    [no, ids],
  );
  return rows;
}

/** How an execution ended, as its row has it; `output` counts only where it was `parsed`. */
export type EndedRow = EndedTask & { output: JsonValue; parsed: boolean };

/** Executions that came to an end, groups left out, in the order in which they began. */
export async function listEnded(sql: Sql, no: number): Promise<EndedRow[]> {
  const { rows } = await sql.query<EndedRow>(
    `select id, status, agent, context, duration_ms as "durationMs", attempts, error, head, output, output is not null as parsed
     from tasks where run_no = $1 and (ended_no is not null or status = 'compensated') and width is null order by coalesce(started_no, ended_no), id`,
    [no],
  );
  return rows;
}
