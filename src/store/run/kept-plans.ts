import type { Plan } from '../../domain/plan/plan.ts';
import type { Database } from '../database/database.ts';
import type { Sql } from '../database/sql.ts';
import type { RunStore } from '../store.ts';

/** How long the plan of a run is kept beyond the time that it is to start at, in ms. */
const keptBeyondMs = 30 * 24 * 60 * 60_000;
/** Clocks of machines may differ by as much, in ms. */
const clocksDifferMs = 60 * 60_000;

/** What the plan of a run is kept as that is to start later. */
function keptForRun(runId: string): string {
  return `run/${runId}`;
}

/** Condition on a plan `p`: nothing is to start with it any more. */
export const isUnneeded = `not exists (select 1 from kept_plans k where k.plan_hash = p.hash and (k.until is null or k.until > now()))`;

/** Plans, and those of what starts later, each under a name of its own. */
export function keptPlansOf(
  database: Database,
  savePlan: (sql: Sql, plan: Plan) => Promise<string>,
): Pick<RunStore, 'savePlan' | 'keepPlan' | 'keepForRun' | 'mayAwait' | 'releasePlan' | 'releaseForRun'> {
  const keepPlan: RunStore['keepPlan'] = (name, plan, until) =>
    database.transaction(async (sql) => {
      const hash = await savePlan(sql, plan);
      await sql.query(
        `insert into kept_plans (name, plan_hash, until) values ($1, $2, $3)
         on conflict (name) do update set plan_hash = excluded.plan_hash, until = excluded.until`,
        [name, hash, until],
      );
      return hash;
    });
  const releasePlan: RunStore['releasePlan'] = async (name) => {
    await database.query('delete from kept_plans where name = $1', [name]);
  };
  return {
    savePlan: (plan) => savePlan(database, plan),
    keepPlan,
    keepForRun: (runId, plan, startAt) => keepPlan(keptForRun(runId), plan, new Date(startAt.getTime() + keptBeyondMs)),
    async mayAwait(now) {
      const { rows } = await database.query<{ may: boolean }>(
        `select exists (select 1 from kept_plans where starts_with(name, $1) and until > $2) as may`,
        [keptForRun(''), new Date(now.getTime() + keptBeyondMs - clocksDifferMs)],
      );
      return rows[0]!.may;
    },
    releasePlan,
    releaseForRun: (runId) => releasePlan(keptForRun(runId)),
  };
}
