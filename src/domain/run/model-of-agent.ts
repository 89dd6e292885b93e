import type { ModelFacts } from '../model-facts.ts';
import { modelNameOf, tableFacts } from '../money/model-table.ts';
import type { Agent, Plan } from '../plan/plan.ts';

/** What a run knows of an agent's model: what its plan keeps, or, for plans of before they kept it, what the table says; null: nothing. */
export function factsOf({ models }: Pick<Plan, 'models'>, agent: Pick<Agent, 'model' | 'provider'>): ModelFacts | null {
  const name = modelNameOf(agent);
  const kept = models && Object.hasOwn(models, name) ? models[name] : undefined;
  return kept ?? tableFacts(agent.model) ?? null;
}

/** Models of a plan's agents that cannot be counted in dollars, as agents name them, each once. */
export function uncountable(
  plan: Pick<Plan, 'models'> & { agents: Record<string, Pick<Agent, 'model' | 'provider'>> },
): string[] {
  const without = Object.values(plan.agents).filter((agent) => !factsOf(plan, agent)?.price);
  return [...new Set(without.map(modelNameOf))];
}
