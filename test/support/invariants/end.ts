/*
 * What must hold of a run's end:
 * V5 Every issue is created, claimed and closed once, in the story and in the table (I3).
 * V9 There is one run of that id; its result, its row and its story tell the same; what did not succeed names a cause (I1, I9, I11).
 * V10 Nothing is left on this machine of what undid something (I8).
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolders } from '../../../src/host/private-folder.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import type { RunResult } from '../../../src/domain/run/run-result.ts';
import { countOutcomes } from '../../../src/domain/run/run-end.ts';
import { emptyRunState, reduceRun } from '../../../src/domain/run/run-state.ts';
import { toUsd } from '../../../src/domain/money/money.ts';
import type { Store } from '../../../src/store/store.ts';

/** V5. */
export async function aboutIssues(store: Store, runKey: string): Promise<string[]> {
  const { rows } = await store.sql.query<{ title: string; count: number; comments: number; status: string }>(
    `select i.title, i.status, count(*) over (partition by i.title, i.created_by) as count,
            (select count(*) from issue_comments c where c.board = i.board and c.number = i.number and kind = 'comment') as comments
     from issues i join runs r on r.board = i.board where r.run_key = $1 and r.status = 'succeeded'`,
    [runKey],
  );
  return rows.flatMap(({ title, count, comments, status }) => [
    ...(count === 1 ? [] : [`V5 ${count} issues "${title}"`]),
    ...(comments <= 1 ? [] : [`V5 ${comments} comments on "${title}"`]),
    ...(status === 'closed' ? [] : [`V5 issue "${title}" is ${status}`]),
  ]);
}

/** V9. */
export async function aboutEnd(store: Store, runKey: string, story: readonly RunEvent[]): Promise<string[]> {
  const { rows } = await store.sql.query<{ status: string; result: RunResult | null; spent: number; same: number }>(
    `select r.status, r.result, r.spent_nano as spent, (select count(*) from runs o where o.run_key = r.run_key) as same
     from runs r where r.run_key = $1`,
    [runKey],
  );
  const [row] = rows;
  if (!row?.result) return ['V9 the run has no result'];
  const { result, status, spent, same } = row;
  const state = story.reduce(reduceRun, emptyRunState);
  const found: string[] = [];
  const must = (name: string, is: unknown, wanted: unknown): void => {
    if (is !== wanted) found.push(`V9 ${name}: ${String(is)} is not ${String(wanted)}`);
  };
  must('runs of this key', same, 1);
  must('the status of the story', state.status, result.status);
  must('the status of the row', status, result.status);
  must('the cost of the story', state.costUsd.toFixed(9), toUsd(spent).toFixed(9));
  must('the cost of the result', result.summary.costUsd.toFixed(9), toUsd(spent).toFixed(9));
  const counts = countOutcomes([...state.tasks.values()].map((task) => task.status));
  for (const [name, count] of Object.entries(counts))
    must(`${name} of the story`, count, result.summary[name as keyof typeof counts]);
  const costs = Object.values(result.tasks).reduce((sum, task) => sum + task.costUsd, 0);
  if (costs > result.summary.costUsd + 1e-9) found.push('V9 the tasks cost more than the run');
  for (const [id, task] of Object.entries(result.tasks)) {
    must(`the status of ${id} in the story`, state.tasks.get(id)?.status, task.status);
    if (['failed', 'cancelled'].includes(task.status) && !isCause(task.error))
      found.push(`V9 ${id} ${task.status} without a cause: ${task.error}`);
  }
  if (result.status !== 'succeeded' && !isCause(result.reason))
    found.push(`V9 it ended as ${result.status} without a cause: ${result.reason}`);
  if (state.waits.size > 0) found.push('V9 something still waits in the story');
  return found;
}

// What Temporal wraps around a cause says nothing to anybody.
const wrappers = /^((activity task|child workflow execution|workflow execution) failed|failed|error|unknown.*|)$/i;

function isCause(text: string | null): boolean {
  return text !== null && !wrappers.test(text.trim()) && !/\bundefined\b|\[object /.test(text);
}

/** V10: the folder of a command that undid something. */
export async function aboutTraces(store: Store, runKey: string): Promise<string[]> {
  const { rows } = await store.sql.query<{ id: string; epoch: number }>(
    `select t.id, t.epoch from tasks t join runs r on r.no = t.run_no where r.run_key = $1 and t.can_compensate`,
    [runKey],
  );
  const roots = await privateFolders('jobs');
  return rows.flatMap(({ id, epoch }) => {
    const name = createHash('sha256').update(`${runKey}\nundo:${id}/${epoch}`).digest('hex').slice(0, 32);
    const left = roots.map((root) => join(root, name)).filter(existsSync);
    return left.map((folder) => `V10 the undo of ${id} left ${folder}`);
  });
}
