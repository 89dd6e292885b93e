import type { Agent, Plan } from './plan.ts';

/**
 * Who may do a task that an agent adds: whom the author listed, else whom the file names.
 *
 * An agent that splits its work can have done by others what it may not do itself, but never by one that the author did not give it.
 */
export function delegatesOf({ agents, delegates }: Pick<Plan, 'agents' | 'delegates'>): Record<string, Agent> {
  if (!delegates) return agents;
  return Object.fromEntries(Object.entries(agents).filter(([name]) => delegates.includes(name)));
}
