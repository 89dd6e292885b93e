import { isForCrew } from '../tool-names.ts';
import type { Plan } from '../plan/plan.ts';

/** Whether agents work with each other; with `runs`, also with those of runs of such ids. */
export type Communication = boolean | { runs: string[] };

/**
 * A plan whose agents may use the tools that they have for each other, or have none of them.
 *
 * @param asked what its file says under `communication`; undefined: nothing, and there may be more than one conversation or not
 */
export function withCrewTools(plan: Plan, asked: Communication | undefined): Plan {
  const { communication: _, ...rest } = plan;
  const partners = typeof asked === 'object' ? { partners: asked.runs } : {};
  if (asked ?? hasCrew(plan)) return { ...rest, communication: true, ...partners };
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
