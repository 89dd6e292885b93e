import type { WorkerStore } from '../../src/store/open-store.ts';

/** Writes runs that ended as this one did, as rows alone: nothing of them ever ran. They began an hour ago and before, a second apart. */
export async function addEndedRuns({ sql }: Pick<WorkerStore, 'sql'>, like: string, count: number): Promise<void> {
  await sql.query(
    `insert into runs (run_key, run_id, temporal_run_id, workflow, status, plan_hash, board, workspace, limit_nano, result, started_at, ended_at)
     select 'ended-' || n || '/' || gen_random_uuid(), 'ended-' || n, gen_random_uuid(), workflow, status, plan_hash, 'ended-' || n, workspace, limit_nano,
       result, began.at, began.at + (ended_at - started_at)
     from runs, generate_series(1, $2::int) n, lateral (select now() - interval '1 hour' - n * interval '1 second' as at) began
     where run_id = $1`,
    [like, count],
  );
  await sql.query('analyze runs');
}
