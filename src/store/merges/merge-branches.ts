import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/**
 * How far a branch has come. `ready`: its task has ended, and nobody asked for more; `queued`: a train takes it; `waiting`: a train had to
 * leave it, as `reason` says.
 */
type MergeStatus = 'ready' | 'queued' | 'merged' | 'conflict' | 'rejected' | 'waiting';

/**
 * What a branch is in conflict with its target about. `marked`: a merge commit with both sides marked in its files; `loose`: what of these
 * files stood in the checkout before and is in no target, as a diff.
 */
interface StoredConflict {
  files: string[];
  hunks: string;
  loose?: string;
  marked: string;
  /** Both sides are merged, and markers were left in the files. */
  isUnsettled?: true;
}

/** The branch of a task. */
export interface MergeBranch {
  taskId: string;
  /** The host that has its repository, and the absolute folder there. */
  host: string;
  repository: string;
  /** Without `refs/heads/`. */
  branch: string;
  /** Its newest commit, and the one that the task began from. */
  head: string;
  start: string;
  /** The commit that the run began from there, which may hold work that nobody has committed; null: nobody knows. */
  begun: string | null;
  /** The branch that was checked out then; null: none was. */
  home: string | null;
  status: MergeStatus;
  /** The branch that it goes into, or is in; null: nobody said so yet. */
  target: string | null;
  /** The merge that has it in the target; null: it is not in it, or came with another branch. */
  mergedAs: string | null;
  reason: string | null;
  /** How often it was in conflict. */
  conflicts: number;
  conflict: StoredConflict | null;
  /** The task whose conflict its own resolves. */
  resolves: string | null;
  /** ISO 8601. */
  updatedAt: string;
}

/** A branch whose task has just ended. */
export type SealedTask = Pick<
  MergeBranch,
  'taskId' | 'host' | 'repository' | 'branch' | 'head' | 'start' | 'begun' | 'home'
>;

const columns = `task_id as "taskId", host, repository, branch, head, start, begun, home, status, target, merged_as as "mergedAs", reason, conflicts, conflict,
  resolves, updated_at as "updatedAt"`;

/**
 * Notes the branch of a task that has ended: it is ready. Noted again as it is, it stays what it has become; with another head it is ready
 * anew. One that changed nothing has no branch, unless it was to resolve a conflict.
 */
export async function noteBranch(sql: Sql, no: number, sealed: SealedTask): Promise<void> {
  const { taskId, host, repository, branch, head, start, begun, home } = sealed;
  if (head === start && (await resolutionStart(sql, no, taskId)) === null) {
    await sql.query(`delete from merge_branches where run_no = $1 and task_id = $2 and status <> 'merged'`, [
      no,
      taskId,
    ]);
    return;
  }
  await sql.query(
    `insert into merge_branches (run_no, task_id, repository, branch, head, start, begun, home, host, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'ready')
     on conflict (run_no, task_id) do update set host = excluded.host, repository = excluded.repository, branch = excluded.branch, head = excluded.head,
       start = excluded.start, begun = excluded.begun, home = excluded.home, status = 'ready', merged_as = null, reason = null, updated_at = now()
     where (merge_branches.head, merge_branches.branch, merge_branches.repository) <> (excluded.head, excluded.branch, excluded.repository)`,
    [no, taskId, repository, branch, head, start, begun, home, host],
  );
}

/** Says whose conflict a task resolves. Its branch is not there yet. */
export async function noteResolution(
  sql: Sql,
  no: number,
  { taskId, of, start }: { taskId: string; of: string; start: string },
): Promise<void> {
  await sql.query(
    `insert into merge_branches (run_no, task_id, host, repository, branch, head, start, begun, home, status, resolves)
     select run_no, $2, host, repository, '', $4, $4, begun, home, 'conflict', $3 from merge_branches where run_no = $1 and task_id = $3
     on conflict do nothing`,
    [no, taskId, of, start],
  );
}

/** The commit that a task begins from which resolves the conflict of another one: both sides, marked; null: it resolves none. */
export async function resolutionStart(sql: Sql, no: number, taskId: string): Promise<string | null> {
  const { rows } = await sql.query<{ start: string }>(
    'select start from merge_branches where run_no = $1 and task_id = $2 and resolves is not null',
    [no, taskId],
  );
  return rows[0]?.start ?? null;
}

/** Branches of a run whose tasks have ended, in the order in which they did. */
export async function listBranches(sql: Sql, no: number): Promise<MergeBranch[]> {
  const { rows } = await sql.query<Omit<MergeBranch, 'updatedAt'> & { updatedAt: Date }>(
    `select ${columns} from merge_branches where run_no = $1 and branch <> '' order by no`,
    [no],
  );
  return rows.map((row) => ({ ...row, updatedAt: row.updatedAt.toISOString() }));
}

/** What a branch has become; left out: it stays. */
export interface BranchChange {
  taskId: string;
  status: MergeStatus;
  target?: string;
  mergedAs?: string;
  /** null: there is none any more. */
  reason: string | null;
  conflict?: StoredConflict;
}

/** Notes what a branch has become. One that is merged stays so. @returns whether it was anything else before */
export async function changeBranch(sql: Sql, no: number, change: BranchChange): Promise<boolean> {
  const { taskId, status, target = null, mergedAs = null, reason, conflict } = change;
  const { rowCount } = await sql.query(
    `update merge_branches set status = $3, target = coalesce($4, target), merged_as = coalesce($5, merged_as), reason = $6,
       conflict = coalesce($7::json, conflict), 
       conflicts = conflicts + (case when $7::json ->> 'marked' is distinct from conflict ->> 'marked' and $7 is not null then 1 else 0 end), updated_at = now()
     where run_no = $1 and task_id = $2 and status <> 'merged'`,
    [no, taskId, status, target, mergedAs, reason, conflict ? toJsonb(conflict) : null],
  );
  return (rowCount ?? 0) > 0;
}

/** Whose work a branch is in the end, as those that resolve conflicts of others are not their own, and how many of these there are for it. */
export async function listResolutions(
  sql: Sql,
  no: number,
  taskId: string,
): Promise<{ root: string; resolutions: number }> {
  const { rows } = await sql.query<{ id: string; of: string }>(
    'select task_id as id, resolves as of from merge_branches where run_no = $1 and resolves is not null',
    [no],
  );
  const resolved = new Map(rows.map(({ id, of }) => [id, of]));
  const rootOf = (id: string): string => (resolved.has(id) ? rootOf(resolved.get(id)!) : id);
  const root = rootOf(taskId);
  return { root, resolutions: rows.filter(({ id }) => rootOf(id) === root).length };
}
