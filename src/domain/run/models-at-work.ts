import { providerOf } from '../money/model-table.ts';
import type { ModelTiers } from '../complexity.ts';
import { withEachTier } from '../money/model-tiers.ts';
import { agentAtWork } from '../plan/agent-at-work.ts';
import type { Agent, Plan, PlanTask } from '../plan/plan.ts';
import { summariserOf } from '../plan/summariser.ts';

/**
 * The agents of a plan, each with every model that it may ask, and whoever sums up their conversations. One that does nothing but tasks which name another model is there with
 * those alone.
 */
export function modelsAtWork({
  agents,
  tasks,
  manager,
  tiers,
  context,
}: Pick<Plan, 'agents' | 'tasks' | 'manager' | 'tiers'> & Partial<Pick<Plan, 'context'>>): Agent[] {
  const all = Object.values(agents).flatMap((agent) => {
    const own = tasks.filter(({ agent: name }) => name === agent.name);
    const others = own.filter(({ overrides }) => overrides?.model !== undefined);
    const isAsked = own.length === 0 || others.length < own.length || manager === agent.name;
    return [...(isAsked ? [agent] : []), ...others.flatMap((task) => agentAtWork({ agents }, agent.name, task) ?? [])];
  });
  const asked = all.flatMap((agent) => withEachTier(agent, tiers));
  return [...asked, ...[summariserOf({ context }) ?? []].flat()];
}

/** The providers that a plan's agents ask, each once. */
export function providersAtWork(plan: Parameters<typeof modelsAtWork>[0]): string[] {
  return [...new Set(modelsAtWork(plan).map(providerOf))];
}

/** Every agent of a plan as it works anywhere: as its file has it, and once more for each task that asks for something else; each with every model that may be chosen for it. */
export function agentsAtWork<A extends Pick<Agent, 'model' | 'provider'>>({
  agents,
  tasks,
  tiers,
}: {
  agents: Record<string, A>;
  tasks: Pick<PlanTask, 'agent' | 'overrides'>[];
  tiers?: ModelTiers;
}): A[] {
  const others = tasks.flatMap((task) => (task.overrides ? (agentAtWork({ agents }, task.agent, task) ?? []) : []));
  return [...Object.values(agents), ...others].flatMap((agent) => withEachTier(agent, tiers));
}
