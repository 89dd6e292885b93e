import type { FinishRunInput } from '../contracts/activities.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import { endOfRun, summarize } from '../domain/run-end.ts';
import type { RunResult, TaskResult } from '../domain/run-result.ts';
import { textOf } from '../domain/conversation.ts';
import type { ContentBlock } from '../domain/conversation.ts';
import { parseModelKey } from '../domain/journal-key.ts';
import type { NanoUsd } from '../domain/money.ts';
import { toUsd } from '../domain/money.ts';
import type { Usage } from '../domain/usage.ts';
import { addUsage, noUsage } from '../domain/usage.ts';
import { appendNew } from '../store/events.ts';
import type { Sql } from '../store/sql.ts';
import { toJsonb } from '../store/jsonb.ts';
import { runNo } from '../store/runs.ts';
import type { ActivityDependencies } from './dependencies.ts';

// A result travels through Temporal: all outputs together stay below this, in characters (design section 3: 128 KB a payload).
const outputBudget = 60_000;
const longestOutput = 4000;

/** Writes the run's result and its last events, once, and hands the result to the workflow. */
export async function finishRun({ store }: ActivityDependencies, input: FinishRunInput): Promise<RunResult> {
  return store.transaction(async (sql) => {
    const no = await runNo(sql, input.runKey);
    const { rows } = await sql.query<{ result: RunResult | null }>('select result from runs where no = $1 for update', [
      no,
    ]);
    if (rows[0]!.result) return rows[0]!.result;
    const heads = Object.values(input.tasks).flatMap((task) => task.head ?? []);
    const found = await sql.query<{ id: string; content: ContentBlock[] }>(
      'select id, content from messages where id = any($1)',
      [heads],
    );
    const texts = new Map(found.rows.map((row) => [row.id, textOf({ role: 'assistant', content: row.content })]));
    const result = toResult(input, texts, await usageByTask(sql, no));
    // A call that a killed worker left behind stays in the journal, but holds nothing back any more.
    await sql.query(
      `update journal set reserved_nano = 0, reserved_tokens = 0 where run_no = $1 and state = 'intent'`,
      [no],
    );
    await appendNew(sql, no, lastEvents(result));
    await sql.query(
      `update runs set status = $2, reason = $3, result = $4, ended_at = now(), reserved_nano = 0, reserved_tokens = 0 where no = $1`,
      [no, result.status, result.reason, toJsonb(result)],
    );
    return result;
  });
}

function toResult(
  input: FinishRunInput,
  texts: ReadonlyMap<string, string>,
  used: ReadonlyMap<string, TaskUsage>,
): RunResult {
  const entries = Object.entries(input.tasks);
  const longest = Math.min(longestOutput, Math.floor(outputBudget / Math.max(1, entries.length)));
  const tasks: Record<string, TaskResult> = {};
  for (const [id, { head, ...task }] of entries) {
    const { usage, nanos, turns } = used.get(id) ?? { usage: noUsage, nanos: 0, turns: 0 };
    const output = shorten((head && texts.get(head)) || '', longest);
    tasks[id] = { ...task, output, usage, costUsd: toUsd(nanos), turns };
  }
  const { status, reason } = endOfRun(tasks, input.stop);
  const summary = summarize(tasks, input.durationMs);
  return { runId: input.runId, workflow: input.workflow, status, reason, summary, tasks };
}

interface TaskUsage {
  usage: Usage;
  nanos: NanoUsd;
  turns: number;
}

// The answers in the store are what was paid for, whichever attempt they belong to.
async function usageByTask(sql: Sql, no: number): Promise<Map<string, TaskUsage>> {
  const { rows } = await sql.query<{ call_key: string; usage: Usage; cost_nano: NanoUsd }>(
    `select call_key, usage, cost_nano from messages where run_no = $1 and role = 'assistant'`,
    [no],
  );
  const used = new Map<string, TaskUsage>();
  for (const row of rows) {
    const { taskId } = parseModelKey(row.call_key);
    const sum = used.get(taskId) ?? { usage: noUsage, nanos: 0, turns: 0 };
    used.set(taskId, { usage: addUsage(sum.usage, row.usage), nanos: sum.nanos + row.cost_nano, turns: sum.turns + 1 });
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
