import { worktreeKey } from '../../domain/worktrees/worktree-key.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { waitsForOthers } from '../run/waiting.ts';
import { callKeys, holdKeys, type CalledWait } from '../wakes/waits.ts';

/** Whether a task has come to its end. */
export async function hasTaskEnded(sql: Sql, no: number, taskId: string): Promise<boolean> {
  const text = 'select 1 from tasks where run_no = $1 and id = $2 and ended_no is not null';
  return (await sql.query(text, [no, taskId])).rows.length > 0;
}

/** Whether a task stands still for something else than the end of another one's work at its worktree: an agent, a person, a limit. */
export async function standsForOthers(sql: Sql, no: number, taskId: string): Promise<boolean> {
  const text = `select 1 from waits where run_no = $1 and task_id = $2 and not starts_with(key, 'worktree/') limit 1`;
  return (await sql.query(text, [no, taskId])).rows.length > 0 || (await waitsForOthers(sql, no, taskId));
}

/**
 * Notes that a worktree begins from another commit than before, and which files have conflict markers since then. To be called while it is
 * held, for its holder.
 */
export async function writeBegunAt(
  sql: Sql,
  no: number,
  { taskId, start, marked }: { taskId: string; start: string; marked: readonly string[] },
): Promise<void> {
  const text =
    'update worktrees set start_commit = $3, marked = marked || $4::jsonb where run_no = $1 and task_id = $2';
  await sql.query(text, [no, taskId, start, toJsonb(marked)]);
}

/**
 * Has whoever stands aside for these tasks look again: an attempt of theirs is over, or they stand still themselves.
 *
 * @returns whom to tell when the transaction is through
 */
export async function callStandingAside(sql: Sql, no: number, taskIds: readonly string[]): Promise<CalledWait[]> {
  const keys = taskIds.map(worktreeKey);
  await holdKeys(sql, no, keys);
  return callKeys(sql, no, keys);
}

/** The commit that an attempt began from at first, by the key of the event that tells of its worktree. */
export async function findBase(sql: Sql, no: number, key: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ base: string }>(
    `select data ->> 'base' as base from events where run_no = $1 and key = $2`,
    [no, key],
  );
  return rows[0]?.base;
}
