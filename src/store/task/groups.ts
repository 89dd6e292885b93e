import type { TaskStatus } from '../../domain/run/run-result.ts';
import { hashOf } from '../database/canonical-json.ts';
import type { Sql } from '../database/sql.ts';

/** How an execution ended, as far as those that come after it depend on it. */
export interface Outcome {
  status: TaskStatus;
  outputHash: string | null;
}

/** Whether an execution has a result that others can use. */
export function hasSucceeded(outcome: Pick<Outcome, 'status'> | undefined): boolean {
  return outcome?.status === 'succeeded' || outcome?.status === 'reused';
}

/** What its end adds to the keys of those that depend on it. */
export function factHash(outcome: Outcome | undefined): string {
  return hasSucceeded(outcome) ? `ok:${outcome!.outputHash}` : (outcome?.status ?? 'none');
}

/** Hash of what came out of executions, whatever their order. */
export function digestOf(outcomes: readonly Outcome[]): string {
  return hashOf(outcomes.map(factHash).toSorted());
}

interface Group {
  id: string;
  task: string;
  iteration: number;
  width: number | null;
}

/**
 * Ends a `for_each` whose members have all ended: nobody tells of its end. Its hash is made of theirs, so that no output has to be loaded.
 *
 * @returns undefined while a member is still to come to its end
 */
export async function settleGroup<Fact extends Group>(
  sql: Sql,
  no: number,
  group: Fact,
): Promise<(Fact & { status: TaskStatus; outputHash: string }) | undefined> {
  const { rows } = await sql.query<{ status: TaskStatus; outputHash: string | null; ended: boolean }>(
    `select status, output_hash as "outputHash", ended_no is not null as ended from tasks
     where run_no = $1 and task = $2 and iteration = $3 and item is not null order by item`,
    [no, group.task, group.iteration],
  );
  if (rows.length < (group.width ?? 0) || rows.some(({ ended }) => !ended)) return undefined;
  const status = statusOf(rows.map((row) => row.status));
  const outputHash = hashOf(rows.map(factHash));
  await sql.query(
    `update tasks set status = $3, output_hash = $4, ended_no = nextval('task_order') where run_no = $1 and id = $2 and ended_no is null`,
    [no, group.id, status, outputHash],
  );
  return { ...group, status, outputHash };
}

function statusOf(members: readonly TaskStatus[]): TaskStatus {
  const first = (['failed', 'cancelled', 'compensated'] as const).find((status) => members.includes(status));
  if (first) return first;
  return members.length > 0 && members.every((status) => status === 'skipped') ? 'skipped' : 'succeeded';
}
