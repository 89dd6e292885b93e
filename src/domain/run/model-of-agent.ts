import type { ModelFacts } from '../model-facts.ts';
import { modelNameOf, tableFacts } from '../money/model-table.ts';
import { agentsAtWork } from './models-at-work.ts';
import type { Agent, Plan, PlanTask } from '../plan/plan.ts';
import { summariserOf } from '../plan/summariser.ts';

/** What a run knows of an agent's model: what its plan keeps, or, for plans of before they kept it, what the table says; null: nothing. */
export function factsOf({ models }: Pick<Plan, 'models'>, agent: Pick<Agent, 'model' | 'provider'>): ModelFacts | null {
  const name = modelNameOf(agent);
  const kept = models && Object.hasOwn(models, name) ? models[name] : undefined;
  return kept ?? tableFacts(agent.model) ?? null;
}

/** Who may do the work of a plan, as far as money is concerned. */
type Payees = Pick<Plan, 'models' | 'tiers'> & {
  agents: Record<string, Payee>;
  tasks?: Pick<PlanTask, 'agent' | 'overrides'>[];
} & Partial<Pick<Plan, 'context'>>;
type Payee = Pick<Agent, 'model' | 'provider'>;

/** Models of a plan's agents, and of its tasks, that cannot be counted in dollars, as agents name them, each once. */
export function uncountable(plan: Payees): string[] {
  const asked: Payee[] = [...agentsAtWork({ tasks: [], ...plan }), ...[summariserOf(plan) ?? []].flat()];
  const without = asked.filter((agent) => !factsOf(plan, agent)?.price);
  return [...new Set(without.map(modelNameOf))];
}
