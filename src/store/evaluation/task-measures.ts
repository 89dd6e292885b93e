import type { TaskMeasures } from '../../domain/evaluation/evaluation.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { ownerOf } from '../../domain/ids/worker-id.ts';
import { addUsd, toUsd } from '../../domain/money/money.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import { circleText } from '../../domain/turns/loop-detection.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import { usageByTask } from '../task/task-usage.ts';

/** How a task of a plan stands, and what it took. */
export interface MeasuredTask {
  status: TaskStatus;
  measures: TaskMeasures;
}

/** Tasks of a run by their ids in the plan, in the order in which they began; those that never did are left out. */
export async function measureTasks(sql: Sql, no: number): Promise<Map<string, MeasuredTask>> {
  const { rows } = await sql.query<ExecutionRow>(
    `select id, task, status, agent, attempts, duration_ms as "durationMs" from tasks
     where run_no = $1 and width is null and (started_no is not null or ended_no is not null)
     order by coalesce(started_no, ended_no), id`,
    [no],
  );
  const found = new Map<string, MeasuredTask>();
  for (const row of rows) {
    const known = found.get(row.task) ?? { status: row.status, measures: noMeasures(row.agent) };
    const isDone = row.status === 'succeeded' || row.status === 'reused';
    const { measures } = known;
    measures.executions += 1;
    measures.succeeded += isDone ? 1 : 0;
    // What was taken over took its attempts in an earlier run.
    measures.attempts += row.status === 'reused' ? 0 : row.attempts;
    measures.durationMs += row.durationMs;
    found.set(row.task, { status: worse(known.status, row.status), measures });
  }
  const taskOf = (id: string): TaskMeasures | undefined => found.get(toInstance(ownerOf(id)).task)?.measures;
  for (const [id, { usage, nanos, turns }] of await usageByTask(sql, no)) {
    const measures = taskOf(id);
    if (!measures) continue;
    measures.tokens += totalTokens(usage);
    measures.costUsd = addUsd(measures.costUsd, toUsd(nanos));
    measures.turns += turns;
  }
  for (const { id, calls, errors, loops } of await countTools(sql, no)) {
    const measures = taskOf(id);
    if (!measures) continue;
    measures.toolCalls += calls;
    measures.toolErrors += errors;
    measures.loops += loops;
  }
  return found;
}

interface ExecutionRow extends Pick<TaskMeasures, 'agent' | 'attempts' | 'durationMs'> {
  id: string;
  task: string;
  status: TaskStatus;
}

function noMeasures(agent: string): TaskMeasures {
  const none = { executions: 0, succeeded: 0, attempts: 0, durationMs: 0, tokens: 0, costUsd: 0, turns: 0 };
  return { agent, ...none, toolCalls: 0, toolErrors: 0, loops: 0 };
}

// A task is as its worst execution; one that was skipped says nothing beside others.
const order: readonly TaskStatus[] = ['skipped', 'reused', 'succeeded', 'compensated', 'cancelled', 'failed'];

function worse(a: TaskStatus, b: TaskStatus): TaskStatus {
  return order.indexOf(b) > order.indexOf(a) ? b : a;
}

async function countTools(sql: Sql, no: number) {
  const { rows } = await sql.query<{ id: string; calls: number; errors: number; loops: number }>(
    `select data ->> 'taskId' as id,
       (count(*) filter (where data ->> 'type' = 'tool:result' and not data ? 'isRefused'))::int as calls,
       (count(*) filter (where data ->> 'type' = 'tool:result' and not data ? 'isRefused' and data ->> 'success' = 'false'))::int as errors,
       (count(*) filter (where data ->> 'blockerId' like 'loop/%' or starts_with(data ->> 'error', $2)))::int as loops
     from events where run_no = $1 and data ->> 'type' in ('tool:result', 'blocker:raised', 'task:error') group by 1`,
    [no, circleText],
  );
  return rows;
}
