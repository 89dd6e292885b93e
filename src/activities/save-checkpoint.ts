import type { SaveCheckpointInput } from '../contracts/upkeep.ts';
import { snapshotRef } from '../domain/snapshot-ref.ts';
import { appendNew } from '../store/events.ts';
import { writeCheckpoint } from '../store/task-rows.ts';
import { withHeartbeat } from './activity-context.ts';
import type { Sql } from '../store/sql.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';

/** Keeps a point to fork from: results, where the conversations stand, and in a git repository the files. Keeping it again changes nothing. */
export async function saveCheckpoint(
  { store, workspaceHost }: Pick<ActivityDependencies, 'store' | 'workspaceHost'>,
  run: FrozenRun,
  { checkpoint, after }: SaveCheckpointInput,
): Promise<{ snapshot: string | null }> {
  const kept = await findCheckpoint(store.sql, run.no, checkpoint);
  if (kept) return { snapshot: kept.snapshot };
  const ref = snapshotRef(run.runId, checkpoint);
  const title = `gaffer: ${run.plan.name}, run ${run.runId}, ${checkpoint}`.replace(/\p{Cc}/gu, ' ');
  const { workspace } = run.plan;
  const snapshot = await withHeartbeat((signal) => workspaceHost.snapshot({ workspace, ref, title }, signal));
  await store.transaction(async (sql) => {
    await writeCheckpoint(sql, run.no, { name: checkpoint, after, snapshot });
    const { rows } = await sql.query<{ count: number }>(
      'select json_array_length(tasks) as count from checkpoints where run_no = $1 and name = $2',
      [run.no, checkpoint],
    );
    const taskCount = rows[0]?.count ?? 0;
    const key = `checkpoint/${checkpoint}`;
    await appendNew(sql, run.no, [{ key, type: 'checkpoint:saved', checkpoint, after, taskCount, snapshot }]);
  });
  return { snapshot };
}

async function findCheckpoint(sql: Sql, no: number, name: string): Promise<{ snapshot: string | null } | undefined> {
  const { rows } = await sql.query<{ snapshot: string | null }>(
    'select snapshot from checkpoints where run_no = $1 and name = $2',
    [no, name],
  );
  return rows[0];
}
