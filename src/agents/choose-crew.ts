import type { Agent } from '../domain/plan/plan.ts';
import { builtInTools, type ToolTraits } from '../domain/tool-names.ts';
import { createAgentIndex } from './agent-index.ts';
import { listAgents, openAgents } from './open-agents.ts';
import type { AgentRegistry, KnownAgent } from './registry.ts';
import { loadAgents } from './registry.ts';

/** Those among whom a manager shares out work that names nobody. */
export interface CrewPool {
  /** Whom work may be given to, by name. */
  agents: AgentRegistry;
  /** All of them: may read every file. */
  list(): readonly KnownAgent[];
  /** Where the manager is found, if not among them. */
  managers: AgentRegistry;
  /** Whether somebody named these: then those come along as well that no word of the need tells of. */
  isNamed?: boolean;
}

/** A crew: who is in it by name, and all that can be asked for, none with more rights than the manager. */
interface Crew {
  names: string[];
  agents: AgentRegistry;
  /** Tools that members have lost to that, by their name. */
  lost: Map<string, string[]>;
}

/** How many agents a manager chooses from. */
const mostMembers = 12;

/** Who is wanted for whatever there is to do: who tries it, and who takes what nobody else fits for. */
const alwaysThere = ['qa-engineer', 'general'];

/** The pool of some folders; of none: the user's `own` ones, and all that come with Gaffer. A workspace's agents are in neither: they may be a stranger's. */
export function openCrewPool(
  { folders, own }: { folders: string[]; own: string[] },
  tools?: readonly ToolTraits[],
): CrewPool {
  const managers = openAgents(own, tools);
  if (folders.length === 0) return { agents: managers, list: () => listAgents(own).agents, managers };
  const given = loadAgents(folders, tools);
  return { agents: given, list: () => [...given.known.values()], managers, isNamed: true };
}

/** The agents that fit a need best; `names`: these instead. Nobody in it may do what the manager may not. */
export function chooseCrew(
  pool: CrewPool,
  { manager, need, names }: { manager: string; need: string; names: readonly string[] | null },
): Crew {
  const { agents: registry, managers } = pool;
  const lead = registry.agents.get(manager) ?? managers.agents.get(manager);
  const get = (name: string): Agent | undefined => {
    if (name === manager) return lead;
    const agent = registry.agents.get(name);
    return agent && lead ? bounded(agent, lead) : agent;
  };
  const chosen = names ?? membersFor(pool, manager, need);
  const lost = new Map<string, string[]>();
  for (const name of chosen) {
    const tools = registry.agents.get(name)?.tools.filter((tool) => !get(name)!.tools.includes(tool)) ?? [];
    if (tools.length > 0) lost.set(name, tools);
  }
  const agents = { get, has: (name: string) => get(name) !== undefined, keys: () => registry.agents.keys() };
  return { names: [...chosen], agents: { ...registry, agents }, lost };
}

function membersFor(pool: CrewPool, manager: string, need: string): string[] {
  // Who splits work itself is no specialist for any.
  const splits = ({ name, tools }: Agent): boolean => name === manager || tools.includes(builtInTools.planTasks.name);
  const workers = pool.list().filter(({ agent }) => !splits(agent));
  const best = createAgentIndex(workers)
    .find(need, mostMembers)
    .map(({ found }) => found.agent.name);
  const spares = alwaysThere.filter((name) => !best.includes(name) && workers.some(({ agent }) => agent.name === name));
  const members = [...best.slice(0, mostMembers - spares.length), ...spares];
  const others = pool.isNamed ? workers.map(({ agent }) => agent.name).filter((name) => !members.includes(name)) : [];
  return [...members, ...others.slice(0, mostMembers - members.length)];
}

/** An agent with the tools alone that another one has as well, and bound by its rules. */
function bounded(agent: Agent, lead: Agent): Agent {
  const tools = agent.tools.filter((tool) => lead.tools.includes(tool));
  return { ...agent, tools, ...(lead.rules && lead.rules.length > 0 && { bounds: [lead.rules] }) };
}
