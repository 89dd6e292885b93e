import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** Commits that keep the files of a checkpoint. */
export interface CheckpointFiles {
  /** Of the run's workspace; null: none was kept. */
  snapshot: string | null;
  /** Of workspaces of tasks, by what the tasks say of them. */
  snapshots: Record<string, string>;
}

/** A point to fork from. `tasks` are the executions that had ended; `heads` where each conversation stood. */
export interface CheckpointRow extends CheckpointFiles {
  name: string;
  after: string;
  at: string;
  tasks: string[];
  heads: Record<string, string>;
}

/**
 * Keeps a point to fork from: which tasks have ended by now, and where each conversation stands. Keeping it again changes nothing.
 *
 * @returns how many tasks it holds
 */
export async function writeCheckpoint(
  sql: Sql,
  no: number,
  { name, after, snapshot, snapshots }: CheckpointFiles & { name: string; after: string },
): Promise<number> {
  // An update that changes nothing has the row come back that was there before.
  const { rows } = await sql.query<{ count: number }>(
    `insert into checkpoints (run_no, name, after, snapshot, snapshots, tasks, heads)
     select $1, $2, $3, $4, $5,
       (select coalesce(json_agg(id order by ended_no), '[]') from tasks where run_no = $1 and status in ('succeeded', 'reused')),
       (select coalesce(json_object_agg(name, head), '{}') from contexts where run_no = $1)
     on conflict (run_no, name) do update set name = excluded.name returning json_array_length(tasks) as count`,
    [no, name, after, snapshot, Object.keys(snapshots).length > 0 ? toJsonb(snapshots) : null],
  );
  return rows[0]!.count;
}

/** Points to fork from, oldest first. */
export async function listCheckpoints(sql: Sql, no: number): Promise<CheckpointRow[]> {
  const { rows } = await sql.query<
    Omit<CheckpointRow, 'at' | 'snapshots'> & { at: Date; snapshots: CheckpointRow['snapshots'] | null }
  >('select name, after, at, tasks, heads, snapshot, snapshots from checkpoints where run_no = $1 order by at, name', [
    no,
  ]);
  return rows.map((row) => ({ ...row, at: row.at.toISOString(), snapshots: row.snapshots ?? {} }));
}

/** A point to fork from by its name; undefined: it is not kept yet. */
export async function findCheckpoint(
  sql: Sql,
  no: number,
  name: string,
): Promise<Pick<CheckpointRow, 'snapshot'> | undefined> {
  const { rows } = await sql.query<{ snapshot: string | null }>(
    'select snapshot from checkpoints where run_no = $1 and name = $2',
    [no, name],
  );
  return rows[0];
}
