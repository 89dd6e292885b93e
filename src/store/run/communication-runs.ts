import type { Plan } from '../../domain/plan/plan.ts';
import type { Sql } from '../database/sql.ts';

/** A run that people follow in a file of its workspace. */
export interface CommunicationRun {
  no: number;
  runKey: string;
  runId: string;
  plan: Plan;
}

/** Numbers are given before they are committed: so many are looked at again. */
const lookBack = 100;

/** Runs with such a file that began behind row number `after` or a little before it, and have not ended for long; and the newest number of all. */
export async function findCommunicationRuns(
  sql: Sql,
  after: number,
): Promise<{ runs: CommunicationRun[]; newest: number }> {
  const newest = await sql.query<{ no: string | null }>('select max(no)::text as no from runs');
  const last = Number(newest.rows[0]?.no ?? 0);
  if (last === after) return { runs: [], newest: last };
  const { rows } = await sql.query<{ no: string; run_key: string; run_id: string; plan: Plan }>(
    `select r.no::text as no, r.run_key, r.run_id, p.plan from runs r join plans p on p.hash = r.plan_hash
     where r.no > $1 and (r.ended_at is null or r.ended_at > now() - interval '1 hour') and p.plan ->> 'communicationFile' is not null`,
    [Math.max(0, after - lookBack)],
  );
  const runs = rows.map(({ no, run_key: runKey, run_id: runId, plan }) => ({ no: Number(no), runKey, runId, plan }));
  return { runs, newest: last };
}

/** Numbers of the last events of runs, by their row numbers; those that were removed are left out. */
export async function lastEventsOf(sql: Sql, nos: readonly number[]): Promise<Map<number, number>> {
  if (nos.length === 0) return new Map();
  const { rows } = await sql.query<{ no: string; seq: number }>(
    'select no::text as no, last_seq as seq from runs where no = any($1)',
    [nos],
  );
  return new Map(rows.map(({ no, seq }) => [Number(no), seq]));
}
