import type { Sql } from '../database/sql.ts';
import type { RunStore } from '../store.ts';
import { agentStats } from './agent-stats.ts';
import { agentRuns, agentUse } from './agent-use.ts';
import { evaluationsOf, listEvaluations } from './evaluations.ts';
import { runsOfWorkflow, workflowHistories } from './workflow-history.ts';

type Told = 'evaluations' | 'evaluationsOf' | 'agentStats' | 'agentUse' | 'agentRuns' | 'evaluationPlan';

/** What a store tells of how good runs were, and what they took. */
export function evaluationStore(
  sql: Sql,
  tenant: string | null,
): Pick<RunStore, Told | 'workflowHistories' | 'runsOfWorkflow'> {
  return {
    evaluations: (runKey) => listEvaluations(sql, runKey),
    evaluationsOf: (filter) => evaluationsOf(sql, tenant, filter),
    agentStats: (agent) => agentStats(sql, tenant, agent),
    agentUse: (agent) => agentUse(sql, tenant, agent),
    agentRuns: (agent) => agentRuns(sql, tenant, agent),
    workflowHistories: (workflows) => workflowHistories(sql, tenant, workflows),
    runsOfWorkflow: (wanted) => runsOfWorkflow(sql, tenant, wanted),
    // It evaluates expressions, which takes long to load, and few who open a store do.
    evaluationPlan: async (runKey) => (await import('./evaluation-plan.ts')).evaluationPlan(sql, runKey),
  };
}
