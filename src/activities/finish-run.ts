import type { EndedTask, FinishRunInput } from '../contracts/activities.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import { endOfRun, summarize } from '../domain/run-end.ts';
import type { RunResult, TaskResult } from '../domain/run-result.ts';
import type { JsonValue } from '../domain/json.ts';
import { toUsd } from '../domain/money.ts';
import { appendNew } from '../store/events.ts';
import { releaseClaims } from '../store/issue-steps.ts';
import type { Sql } from '../store/sql.ts';
import { toJsonb } from '../store/jsonb.ts';
import { loadTexts } from '../store/task-facts.ts';
import type { PaidUsage } from '../store/task-usage.ts';
import { addPaid, nothingPaid, usageByTask } from '../store/task-usage.ts';
import { ownerOf } from '../store/task-writes.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { applyProgress } from './record-progress.ts';

// A result travels through Temporal: all outputs together stay below this, in characters (design section 3: 128 KB a payload).
const outputBudget = 60_000;
const longestOutput = 4000;

/** Writes the run's result and its last events, once, and hands the result to the workflow. */
export async function finishRun(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  input: FinishRunInput,
): Promise<RunResult> {
  const result = await store.transaction(async (sql) => {
    const { no } = run;
    const before = await findResult(sql, 'select result from runs where no = $1', no);
    if (before) return before;
    // The run's row is locked after it, as by every step (P3).
    if (input.last) await applyProgress(sql, run, input.last);
    const other = await findResult(sql, 'select result from runs where no = $1 for update', no);
    if (other) return other;
    const ended = await allEnded(sql, no, input.tasks);
    const heads = ended.flatMap((task) => (task.json === undefined ? (task.head ?? []) : []));
    const made = toResult(input, ended, { texts: await loadTexts(sql, heads), used: await usageByOwner(sql, no) });
    // A call that a killed worker left behind stays in the journal, but holds nothing back any more.
    await sql.query(
      `update journal set reserved_nano = 0, reserved_tokens = 0 where run_no = $1 and state = 'intent'`,
      [no],
    );
    await releaseClaims(sql, input.runKey);
    await appendNew(sql, no, lastEvents(made));
    await sql.query(
      `update runs set status = $2, reason = $3, result = $4, ended_at = now(), reserved_nano = 0, reserved_tokens = 0 where no = $1`,
      [no, made.status, made.reason, toJsonb(made)],
    );
    return made;
  });
  return fitIntoHistory(result);
}

async function findResult(sql: Sql, query: string, no: number): Promise<RunResult | null> {
  return (await sql.query<{ result: RunResult | null }>(query, [no])).rows[0]!.result;
}

/** A task that ended, with its structured output if it has one. */
type Ended = EndedTask & { json?: JsonValue };

// The store has heard of most ends already; what the workflow says is newer, and is all there is of hand-written workflows.
async function allEnded(sql: Sql, no: number, tasks: readonly EndedTask[]): Promise<Ended[]> {
  const { rows } = await sql.query<EndedTask & { output: JsonValue; parsed: boolean }>(
    `select id, status, agent, context, duration_ms as "durationMs", attempts, error, head, output, output is not null as parsed
     from tasks where run_no = $1 and ended_no is not null and width is null order by coalesce(started_no, ended_no), id`,
    [no],
  );
  const byId = new Map(tasks.map((task): [string, Ended] => [task.id, task]));
  for (const { output, parsed, ...row } of rows) {
    const told = byId.get(row.id);
    // A result that was taken over is known to the store alone.
    const task = told && told.status !== 'reused' ? told : { ...row, ...told, head: row.head };
    byId.set(row.id, parsed ? { ...task, json: output } : task);
  }
  return [...byId.values()];
}

function toResult(
  input: FinishRunInput,
  ended: readonly Ended[],
  { texts, used }: { texts: ReadonlyMap<string, string>; used: ReadonlyMap<string, PaidUsage> },
): RunResult {
  const longest = Math.min(longestOutput, Math.floor(outputBudget / Math.max(1, ended.length)));
  const tasks: Record<string, TaskResult> = {};
  for (const { id, head, json, ...task } of ended) {
    const { usage, nanos, turns } = used.get(id) ?? nothingPaid;
    const output = json === undefined ? ((head && texts.get(head)) ?? '') : JSON.stringify(json);
    const { status, agent, context, durationMs, attempts, error } = task;
    const costUsd = toUsd(nanos);
    tasks[id] = {
      ...{
        status,
        agent,
        context,
        output: shorten(output, longest),
        durationMs,
        attempts,
        usage,
        costUsd,
        turns,
        error,
      },
    };
  }
  const { compensations, runId, workflow } = input;
  const { status, reason } = endOfRun(tasks, input.stop, compensations);
  const others = [...used].filter(([id]) => !Object.hasOwn(tasks, id));
  const besides = others.map(([, { usage, nanos }]) => ({ usage, costUsd: toUsd(nanos) }));
  const summary = summarize(tasks, input.durationMs, besides);
  return { runId, workflow, status, reason, summary, tasks, compensations };
}

/** Most of a result that a workflow's history gets, in characters of JSON; the store has all of it. */
const historyBudget = 100_000;

// Tasks that tell most come first: those that did not succeed. The summary counts all.
function fitIntoHistory(result: RunResult): RunResult {
  if (JSON.stringify(result).length <= historyBudget) return result;
  const compensations = result.compensations.slice(0, 100);
  const isBad = ([, { status }]: [string, TaskResult]): number =>
    status === 'succeeded' || status === 'reused' ? 1 : 0;
  const kept: [string, TaskResult][] = [];
  let size = JSON.stringify(compensations).length;
  for (const entry of Object.entries(result.tasks).toSorted((a, b) => isBad(a) - isBad(b))) {
    size += JSON.stringify(entry).length;
    if (size > historyBudget) break;
    kept.push(entry);
  }
  return { ...result, compensations, tasks: Object.fromEntries(kept) };
}

// Who undoes a task or helps with it works for that task.
async function usageByOwner(sql: Sql, no: number): Promise<Map<string, PaidUsage>> {
  const used = new Map<string, PaidUsage>();
  for (const [id, paid] of await usageByTask(sql, no)) {
    const owner = ownerOf(id);
    used.set(owner, addPaid(used.get(owner) ?? nothingPaid, paid));
  }
  return used;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)` : text;
}

function lastEvents(result: RunResult): RunEventDraft[] {
  const { status, summary } = result;
  const reason = result.reason ?? status;
  if (status === 'failed') return [{ key: 'end', type: 'workflow:error', reason }];
  if (status === 'cancelled') {
    return [
      { key: 'cancelled', type: 'run:cancelled', reason },
      { key: 'end', type: 'workflow:error', reason },
    ];
  }
  const tasks = Object.fromEntries(
    Object.entries(result.tasks)
      .slice(0, 40)
      .map(([id, task]) => [id, task.status]),
  );
  return [
    { key: 'complete', type: 'workflow:complete', summary, status },
    { key: 'end', type: 'workflow:results', status, reason: result.reason, tasks },
  ];
}
