/** Agents that are asked where a script names nobody, best first. */
export const generalAgents: readonly string[] = ['general-purpose', 'general'];

/** What coding assistants call kinds of agents that they bring, where no agent has that name: the general one does their work. */
const usualTypes: readonly string[] = ['general-purpose', 'claude', 'Explore', 'Plan', 'workflow-subagent'];

/** The agent of a plan that a script means; undefined: there is none of that name. */
export function scriptAgentOf(
  { agents, defaultAgent }: { agents: Readonly<Record<string, unknown>>; defaultAgent: string | null },
  agentType: string | null,
): string | undefined {
  if (agentType === null) return defaultAgent ?? undefined;
  if (Object.hasOwn(agents, agentType)) return agentType;
  return usualTypes.includes(agentType) ? (defaultAgent ?? undefined) : undefined;
}
