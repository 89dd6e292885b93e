import { isForCrew } from '../tool-names.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * A plan whose agents may use the tools that they have for each other, or have none of them.
 *
 * @param asked what its file says under `communication`; undefined: nothing, and there may be more than one conversation or not
 */
export function withCrewTools(plan: Plan, asked: boolean | undefined): Plan {
  const { communication: _, ...rest } = plan;
  if (asked ?? hasCrew(plan)) return { ...rest, communication: true };
  const agents = Object.entries(plan.agents).map(([name, agent]) => [
    name,
    { ...agent, tools: agent.tools.filter((tool) => !isForCrew(tool)) },
  ]);
  return { ...rest, agents: Object.fromEntries(agents) as Plan['agents'] };
}

// More than one conversation, now or by what it may come to.
function hasCrew({ tasks }: Plan): boolean {
  const contexts = new Set(tasks.map(({ context }) => context));
  return contexts.size > 1 || tasks.some(({ forEach, decompose }) => forEach !== null || decompose);
}
