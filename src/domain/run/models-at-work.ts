import { providerOf } from '../money/model-table.ts';
import { agentAtWork } from '../plan/agent-at-work.ts';
import type { Agent, Plan } from '../plan/plan.ts';

/**
 * The agents of a plan, each with every model that it may ask. One that does nothing but tasks which name another model is there with
 * those alone.
 */
export function modelsAtWork({ agents, tasks, manager }: Pick<Plan, 'agents' | 'tasks' | 'manager'>): Agent[] {
  return Object.values(agents).flatMap((agent) => {
    const own = tasks.filter(({ agent: name }) => name === agent.name);
    const others = own.filter(({ overrides }) => overrides?.model !== undefined);
    const isAsked = own.length === 0 || others.length < own.length || manager === agent.name;
    return [...(isAsked ? [agent] : []), ...others.flatMap((task) => agentAtWork({ agents }, agent.name, task) ?? [])];
  });
}

/** The providers that a plan's agents ask, each once. */
export function providersAtWork(plan: Parameters<typeof modelsAtWork>[0]): string[] {
  return [...new Set(modelsAtWork(plan).map(providerOf))];
}
