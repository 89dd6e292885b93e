import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { Sql } from '../database/sql.ts';

/** What of a run never changes. */
export interface FrozenRow {
  /** Its row number. */
  no: number;
  runId: string;
  board: string;
  plan: Plan;
  /** How long the plan is as JSON, in characters: what it takes to keep it. */
  planLength: number;
  launch: LaunchInfo | null;
  /** Where it comes from; null: it is the first. */
  lineage: Lineage | null;
  /** The run that it is a task of; null: none. */
  parent: { no: number; runKey: string; taskId: string; attempt: number } | null;
}

/** What of a run never changes; undefined: the store does not know it. */
export async function findFrozen(sql: Sql, runKey: string): Promise<FrozenRow | undefined> {
  const { rows } = await sql.query<Omit<FrozenRow, 'runId' | 'plan' | 'planLength'> & { run_id: string; plan: string }>(
    `select r.no, r.run_id, r.board, r.launch, r.lineage, p.plan::text as plan, case when r.parent_no is not null then json_build_object(
       'no', r.parent_no, 'runKey', (select a.run_key from runs a where a.no = r.parent_no), 'taskId', r.parent_task, 'attempt', r.parent_attempt) end as parent
     from runs r join plans p on p.hash = r.plan_hash where r.run_key = $1`,
    [runKey],
  );
  if (!rows[0]) return undefined;
  const { run_id: runId, plan, ...row } = rows[0];
  return { ...row, runId, plan: JSON.parse(plan) as Plan, planLength: plan.length };
}

/** The key of the newest run of an id that has not ended; null: there is none. */
export async function findLiveRun(sql: Sql, runId: string): Promise<string | null> {
  const text = 'select run_key from runs where run_id = $1 and ended_at is null order by no desc limit 1';
  const { rows } = await sql.query<{ run_key: string }>(text, [runId]);
  return rows[0]?.run_key ?? null;
}
