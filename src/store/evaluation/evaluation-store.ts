import type { Sql } from '../database/sql.ts';
import type { RunStore } from '../store.ts';
import { agentStats } from './agent-stats.ts';
import { evaluationPlan } from './evaluation-plan.ts';
import { evaluationsOf, listEvaluations } from './evaluations.ts';

/** What a store tells of how good runs were. */
export function evaluationStore(
  sql: Sql,
  tenant: string | null,
): Pick<RunStore, 'evaluations' | 'evaluationsOf' | 'agentStats' | 'evaluationPlan'> {
  return {
    evaluations: (runKey) => listEvaluations(sql, runKey),
    evaluationsOf: (filter) => evaluationsOf(sql, tenant, filter),
    agentStats: (agent) => agentStats(sql, tenant, agent),
    evaluationPlan: (runKey) => evaluationPlan(sql, runKey),
  };
}
