import type { Plan } from '../../domain/plan/plan.ts';
import type { Database } from '../database/database.ts';
import type { Sql } from '../database/sql.ts';
import type { RunStore } from '../store.ts';

/** Condition on a plan `p`: nothing is to start with it any more. */
export const isUnneeded = `not exists (select 1 from kept_plans k where k.plan_hash = p.hash and (k.until is null or k.until > now()))`;

/** Plans, and those of what starts later, each under a name of its own. */
export function keptPlansOf(
  database: Database,
  savePlan: (sql: Sql, plan: Plan) => Promise<string>,
): Pick<RunStore, 'savePlan' | 'keepPlan' | 'releasePlan'> {
  return {
    savePlan: (plan) => savePlan(database, plan),
    keepPlan: (name, plan, until) =>
      database.transaction(async (sql) => {
        const hash = await savePlan(sql, plan);
        await sql.query(
          `insert into kept_plans (name, plan_hash, until) values ($1, $2, $3)
           on conflict (name) do update set plan_hash = excluded.plan_hash, until = excluded.until`,
          [name, hash, until],
        );
        return hash;
      }),
    async releasePlan(name) {
      await database.query('delete from kept_plans where name = $1', [name]);
    },
  };
}
