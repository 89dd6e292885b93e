/*
 * Who has which worktree (custody):
 * C1 A worktree is a task's as long as its row is open; what is done with it is done by whoever holds the task (`holdWorktree`), one at a time.
 * C2 Each opening has a higher fence, and only who came last may keep, seal or end anything: a step of an earlier attempt that comes late
 *    writes nothing.
 */
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import { isOrigin, reusedOrigins } from '../run/reused-origins.ts';

/** How the work in a worktree stands: `open` an attempt is at it; `sealed` its branch is there; `failed` nothing comes of it. */
type WorktreeStatus = 'open' | 'sealed' | 'failed';

/** A task's worktree. Paths are absolute, on `host`. */
export interface WorktreeRow {
  taskId: string;
  /** The conversation of who works there. */
  context: string;
  host: string;
  /** Id and top folder of the repository. */
  repository: string;
  top: string;
  folder: string;
  workspace: string;
  branch: string;
  /** Commit that its attempts begin from. */
  start: string;
  /** Its last snapshot; `start`: there is none that differs. */
  head: string;
  /** Commit of its branch; null: it has none. */
  sealed: string | null;
  status: WorktreeStatus;
  attempt: number;
  epoch: number;
  fence: number;
  /** Folders that may be written, from `workspace` down; null: all. */
  writable: string[] | null;
  /** Globs that changed files are held against at the end. */
  filesScope: string[];
  lastSnapshot: number;
  /** Files in which its attempt was left conflict markers to take out. */
  marked: string[];
  /** A person had it put back since its last attempt. */
  isRestored: boolean;
  /** A merge train has its branch in the target, be it as other commits. */
  isLanded: boolean;
}

const columns = `w.task_id as "taskId", w.context, w.host, w.repository, w.top, w.folder, w.workspace, w.branch, w.start_commit as start,
  w.head_commit as head, w.sealed_commit as sealed, w.state as status, w.attempt, w.epoch, w.fence, w.writable,
  w.files_scope as "filesScope", w.last_snapshot as "lastSnapshot", w.marked, w.restored_at is not null as "isRestored",
  exists (select from merge_branches b where (b.run_no, b.task_id, b.head) = (w.run_no, w.task_id, w.sealed_commit) and b.status = 'merged') as "isLanded"`;

/** Names this store among those whose worktrees stand on a machine. */
export async function worktreeHome(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ id: string }>('select id from worktree_homes');
  return rows[0]!.id;
}

/** Waits until nobody else does anything with a task's worktree, until the transaction ends (C1). */
export async function holdWorktree(sql: Sql, no: number, taskId: string): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [`worktree/${no}/${taskId}`]);
}

/** The same for a moment in which somebody has it. @returns whether it is held now */
export async function tryHoldWorktree(sql: Sql, no: number, taskId: string): Promise<boolean> {
  const text = 'select pg_try_advisory_xact_lock(hashtextextended($1, 7)) as mine';
  const { rows } = await sql.query<{ mine: boolean }>(text, [`worktree/${no}/${taskId}`]);
  return rows[0]!.mine;
}

/** A task's worktree; undefined: it never had one. */
export async function findWorktree(sql: Sql, no: number, taskId: string): Promise<WorktreeRow | undefined> {
  const text = `select ${columns} from worktrees w where run_no = $1 and task_id = $2`;
  return (await sql.query<WorktreeRow>(text, [no, taskId])).rows[0];
}

/** Worktrees of a run, in the order in which they were opened first. */
export async function listWorktrees(sql: Sql, no: number): Promise<WorktreeRow[]> {
  return (await sql.query<WorktreeRow>(`select ${columns} from worktrees w where run_no = $1 order by opened_no`, [no]))
    .rows;
}

/** What a task left as a branch. */
export type LeftBranch = Pick<WorktreeRow, 'taskId' | 'branch' | 'sealed' | 'start' | 'repository'>;

/** Branches of tasks whose results a run has from earlier runs, by the tasks' ids in this one. */
export async function listReusedBranches(sql: Sql, no: number): Promise<LeftBranch[]> {
  const { rows } = await sql.query<LeftBranch>(
    `with recursive ${reusedOrigins}
     select o.task_id as "taskId", w.branch, w.sealed_commit as sealed, w.start_commit as start, w.repository
     from origin o join worktrees w on ${isOrigin('o', { run: 'w.run_no', id: 'w.task_id' })}`,
    [no],
  );
  return rows;
}

/** Gives a task's worktree to an attempt (C2). To be called while it is held. @returns its fence */
export async function writeOpened(
  sql: Sql,
  no: number,
  row: Omit<
    WorktreeRow,
    'head' | 'sealed' | 'status' | 'fence' | 'lastSnapshot' | 'marked' | 'isRestored' | 'isLanded'
  >,
): Promise<number> {
  const { rows } = await sql.query<{ fence: number }>(
    `insert into worktrees as w (run_no, task_id, host, repository, top, folder, workspace, branch, start_commit, head_commit, state, attempt,
       epoch, fence, writable, files_scope, context)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 'open', $10, $11, 1, $12, $13, $14)
     on conflict (run_no, task_id) do update set host = excluded.host, repository = excluded.repository, top = excluded.top,
       folder = excluded.folder, workspace = excluded.workspace, branch = excluded.branch, start_commit = excluded.start_commit,
       head_commit = excluded.start_commit, sealed_commit = null, state = 'open', attempt = excluded.attempt, epoch = excluded.epoch,
       fence = w.fence + 1, writable = excluded.writable, files_scope = excluded.files_scope, removed_at = null, restored_at = null,
       marked = '[]'
     returning fence`,
    [
      ...[no, row.taskId, row.host, row.repository, row.top, row.folder, row.workspace, row.branch, row.start],
      ...[
        row.attempt,
        row.epoch,
        row.writable === null ? null : toJsonb(row.writable),
        toJsonb(row.filesScope),
        row.context,
      ],
    ],
  );
  return rows[0]!.fence;
}

/** Whose turn it is at a worktree. */
export interface WorktreeHolder {
  taskId: string;
  attempt: number;
  epoch: number;
}

/** The worktree that an attempt has now; undefined: another one has it, or it is over (C2). */
export async function findHeld(
  sql: Sql,
  no: number,
  { taskId, attempt, epoch }: WorktreeHolder,
): Promise<WorktreeRow | undefined> {
  const row = await findWorktree(sql, no, taskId);
  return row?.status === 'open' && row.attempt === attempt && row.epoch === epoch ? row : undefined;
}

/** Notes a snapshot. To be called while the worktree is held, for its holder. @returns its number */
export async function writeSnapshot(
  sql: Sql,
  no: number,
  { taskId, attempt, commit, files }: { taskId: string; attempt: number; commit: string; files: number },
): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `with w as (update worktrees set last_snapshot = last_snapshot + 1, head_commit = $4 where run_no = $1 and task_id = $2 returning last_snapshot)
     insert into worktree_snapshots (run_no, task_id, n, attempt, commit_id, files) select $1, $2, last_snapshot, $3, $4, $5 from w returning n`,
    [no, taskId, attempt, commit, files],
  );
  return rows[0]!.n;
}

/** Notes that a worktree's files are those of a commit again. */
export async function writeHead(
  sql: Sql,
  no: number,
  { taskId, commit }: { taskId: string; commit: string },
): Promise<void> {
  await sql.query('update worktrees set head_commit = $3 where run_no = $1 and task_id = $2', [no, taskId, commit]);
}

/** Ends an attempt's work at a worktree; `sealed`: the commit of its branch. */
export async function writeEnded(
  sql: Sql,
  no: number,
  { taskId, status, sealed }: { taskId: string; status: 'sealed' | 'failed'; sealed: string | null },
): Promise<void> {
  await sql.query('update worktrees set state = $3, sealed_commit = $4 where run_no = $1 and task_id = $2', [
    ...[no, taskId, status, sealed],
  ]);
}

/** Notes that a task's worktree is gone from its machine; what is kept of it stays. */
export async function writeRemoved(sql: Sql, no: number, taskId: string): Promise<void> {
  await sql.query('update worktrees set removed_at = now() where run_no = $1 and task_id = $2', [no, taskId]);
}

/** Notes that a task's files are those of another commit now: no attempt has them any more (C2). @returns its new fence */
export async function writeRestored(
  sql: Sql,
  no: number,
  { taskId, commit }: { taskId: string; commit: string },
): Promise<number> {
  const { rows } = await sql.query<{ fence: number }>(
    `update worktrees set head_commit = $3, fence = fence + 1, removed_at = null, restored_at = now() where run_no = $1 and task_id = $2 returning fence`,
    [no, taskId, commit],
  );
  return rows[0]!.fence;
}

/** Whether a run lives, as far as its worktrees are concerned; undefined: the store does not know it. */
export async function findStanding(sql: Sql, runKey: string): Promise<{ no: number; hasEnded: boolean } | undefined> {
  const text = `select no, ${hasEnded} as "hasEnded" from runs r where run_key = $1`;
  return (await sql.query<{ no: number; hasEnded: boolean }>(text, [runKey])).rows[0];
}

// What is undone after its end may still need its files.
const hasEnded = `(r.ended_at is not null and r.status <> 'compensating')`;

/** Worktrees that were not removed, of one run or of all, those of the newest run first. */
export async function listStanding(
  sql: Sql,
  runKey: string | null,
): Promise<{ runId: string; hasEnded: boolean; row: WorktreeRow }[]> {
  const { rows } = await sql.query<WorktreeRow & { runId: string; hasEnded: boolean }>(
    `select r.run_id as "runId", ${hasEnded} as "hasEnded", ${columns} from worktrees w join runs r on r.no = w.run_no
     where w.removed_at is null and ($1::text is null or r.run_key = $1) order by w.run_no desc, w.opened_no`,
    [runKey],
  );
  return rows.map(({ runId, hasEnded: isOver, ...row }) => ({ runId, hasEnded: isOver, row }));
}

/** A snapshot of a task's files. */
export interface SnapshotRow {
  taskId: string;
  n: number;
  attempt: number;
  commit: string;
  /** How many files differ from the one before. */
  files: number;
  /** ISO 8601. */
  at: string;
}

/** Snapshots of a task, oldest first. */
export async function listSnapshots(sql: Sql, no: number, taskId: string): Promise<SnapshotRow[]> {
  const { rows } = await sql.query<Omit<SnapshotRow, 'at'> & { at: Date }>(
    `select task_id as "taskId", n, attempt, commit_id as commit, files, at from worktree_snapshots
     where run_no = $1 and task_id = $2 order by n`,
    [no, taskId],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** What tasks of a run begin from that depend on nobody. `branch`: the one that was checked out then; null: none. */
export interface StartRow {
  commit: string;
  branch: string | null;
}

/** What was found when the first task of a run began in a repository; undefined: none has. */
export async function findStart(sql: Sql, no: number, repository: string): Promise<StartRow | undefined> {
  const text = 'select commit_id as commit, branch from worktree_starts where run_no = $1 and repository = $2';
  return (await sql.query<StartRow>(text, [no, repository])).rows[0];
}

/** Keeps what tasks of a run begin from: the first one who says so counts. */
export async function writeStart(
  sql: Sql,
  no: number,
  { repository, commit, branch }: StartRow & { repository: string },
): Promise<StartRow> {
  const { rows } = await sql.query<StartRow>(
    `insert into worktree_starts (run_no, repository, commit_id, branch) values ($1, $2, $3, $4)
     on conflict (run_no, repository) do update set commit_id = worktree_starts.commit_id
     returning commit_id as commit, branch`,
    [no, repository, commit, branch],
  );
  return rows[0]!;
}
