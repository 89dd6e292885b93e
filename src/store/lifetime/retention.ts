import type { RunStatus } from '../../domain/run/run-result.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { Sql } from '../database/sql.ts';
import { isUnneeded } from '../run/kept-plans.ts';

/*
 * R1 Only runs that have ended are removed. One that a living run takes results from (its lineage names it) is kept until that
 *    run has ended too; conversations are copied at a fork, so nothing else is shared. A run that is a task of another one stays
 *    as long as that one lives, and leaves with it.
 * R2 A run's rows hang on its row in `runs` and leave with it. Its own issue board leaves too, a named one stays.
 * R3 A plan stays as long as a run has it, or one is to start with it (a schedule, a run with its time before it). One that no run ever had is left over from a start that failed; it is given a
 *    month, as a run that waits for its first worker has only the plan's hash.
 */

/** A run that may be removed, and how much it holds. */
export interface RemovableRun {
  runKey: string;
  runId: string;
  workflow: string;
  status: RunStatus;
  /** ISO 8601. */
  endedAt: string;
  workspace: string;
  costUsd: number;
  events: number;
  messages: number;
  /** Of the messages, as stored. */
  bytes: number;
  /** A later run has the same id: what Temporal keeps under it belongs to that one. */
  hasSuccessor: boolean;
}

/** Which runs may go. */
export interface RemovableFilter {
  /** Ended at least so long ago, in ms. */
  olderThanMs: number;
  /** Only these; default: every status that is an end. */
  statuses?: readonly RunStatus[];
  /** At most so many, oldest first; default: 1,000. */
  limit?: number;
}

// R1. $1: age in ms, $2: statuses or null, $3: limit.
const removable = `
  from runs r
  where r.ended_at < now() - $1::double precision * interval '1 millisecond'
    and ($2::text[] is null or r.status = any($2))
    and not exists (select 1 from runs around where around.no = r.parent_no and around.ended_at is null)
    and not exists (
      select 1 from runs heir where heir.ended_at is null and heir.lineage->>'runKey' = r.run_key)
  order by r.ended_at, r.no limit $3`;

function parameters({ olderThanMs, statuses, limit = 1000 }: RemovableFilter): unknown[] {
  return [olderThanMs, statuses ? [...statuses] : null, limit];
}

/** Runs that may be removed, oldest end first, with what each holds. */
export async function findRemovable(sql: Sql, filter: RemovableFilter): Promise<RemovableRun[]> {
  const { rows } = await sql.query<RemovableRow>(
    `select r.run_key, r.run_id, r.workflow, r.status, r.ended_at, r.workspace, r.spent_nano, r.last_seq,
            coalesce(m.messages, 0)::int as messages, coalesce(m.bytes, 0)::bigint as bytes,
            exists (select 1 from runs later where later.run_id = r.run_id and later.no > r.no) as has_successor
     from (select r.no, r.run_key, r.run_id, r.workflow, r.status, r.ended_at, r.workspace, r.spent_nano, r.last_seq ${removable}) r
     left join lateral (
       select count(*) as messages, sum(pg_column_size(content)) as bytes from messages where run_no = r.no) m on true
     order by r.ended_at, r.no`,
    parameters(filter),
  );
  return rows.map((row) => ({
    runKey: row.run_key,
    runId: row.run_id,
    workflow: row.workflow,
    status: row.status,
    endedAt: row.ended_at.toISOString(),
    workspace: row.workspace,
    costUsd: toUsd(row.spent_nano),
    events: row.last_seq,
    messages: row.messages,
    bytes: row.bytes,
    hasSuccessor: row.has_successor,
  }));
}

interface RemovableRow {
  run_key: string;
  run_id: string;
  workflow: string;
  status: RunStatus;
  ended_at: Date;
  workspace: string;
  spent_nano: number;
  last_seq: number;
  messages: number;
  bytes: number;
  has_successor: boolean;
}

/** The id of a living run that still takes results from that one (R1); undefined when none does. */
export async function livingHeir(sql: Sql, runKey: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ run_id: string }>(
    `select run_id from runs where ended_at is null and lineage->>'runKey' = $1 limit 1`,
    [runKey],
  );
  return rows[0]?.run_id;
}

// Any number does, as long as nobody else in this database locks on it ("prun" in ASCII).
const lockNumber = 0x7072756e;

/**
 * Removes a batch of old runs, with everything of theirs in the store. Of processes that do so at once one works, the others
 * find nothing to do.
 *
 * To be called inside a transaction.
 *
 * @returns the ids of the removed runs
 */
export async function removeOldRuns(sql: Sql, filter: RemovableFilter): Promise<string[]> {
  const { rows: locks } = await sql.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
    lockNumber,
  ]);
  if (!locks[0]?.mine) return [];
  const { rows } = await sql.query<{ run_key: string }>(`select r.run_key ${removable}`, parameters(filter));
  return removeRuns(
    sql,
    rows.map(({ run_key }) => run_key),
  );
}

/**
 * Removes these runs, with everything of theirs in the store. To be called inside a transaction.
 *
 * @returns the ids of those that were there
 */
export async function removeRuns(sql: Sql, runKeys: readonly string[]): Promise<string[]> {
  if (runKeys.length === 0) return [];
  const { rows } = await sql.query<{ run_id: string; board: string; plan_hash: string }>(
    'delete from runs where run_key = any($1) returning run_id, board, plan_hash',
    [runKeys],
  );
  const own = rows.filter(({ board, run_id }) => board === run_id).map(({ board }) => board);
  // R2. A later run of the same id goes on with the board.
  await sql.query(
    'delete from issue_boards b where board = any($1) and not exists (select 1 from runs where runs.board = b.board)',
    [own],
  );
  // What was to be told of their ends alone.
  await sql.query(
    'delete from webhook_endpoints e where run_id = any($1) and not exists (select 1 from runs r where r.run_id = e.run_id)',
    [rows.map(({ run_id }) => run_id)],
  );
  await sql.query(
    `delete from plans p where hash = any($1) and not exists (select 1 from runs where plan_hash = p.hash) and ${isUnneeded}`,
    [rows.map(({ plan_hash }) => plan_hash)],
  );
  return rows.map(({ run_id }) => run_id);
}

/** How many plans no run has (R3). */
export async function countOrphanPlans(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(`select count(*)::int as count from plans p where ${isOrphan}`);
  return rows[0]?.count ?? 0;
}

/** Removes plans that no run has (R3). @returns how many */
export async function removeOrphanPlans(sql: Sql): Promise<number> {
  await sql.query('delete from kept_plans where until < now()');
  const { rowCount } = await sql.query(`delete from plans p where ${isOrphan}`);
  return rowCount ?? 0;
}

const isOrphan = `p.created_at < now() - interval '30 days' and not exists (select 1 from runs where plan_hash = p.hash) and ${isUnneeded}`;
