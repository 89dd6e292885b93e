import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import type { AgentRegistry, KnownAgent } from './registry.ts';
import { loadAgents } from './registry.ts';
import { loadShipped, openShipped, shippedNames } from './shipped-agents.ts';

/** Agents that can be asked for by name, with all that is known of each. */
export interface OpenAgents extends AgentRegistry {
  find: (name: string) => KnownAgent | undefined;
}

/**
 * The agents that a definition can name: those of some folders, earlier ones first, then those that come with Gaffer, of which only what is named is opened.
 *
 * A broken file keeps its name: no other agent takes its place.
 */
export function openAgents(dirs: string[], tools: readonly ToolTraits[] = builtInList): OpenAgents {
  const own = loadAgents(dirs, tools);
  const opened = new Map<string, KnownAgent | undefined>();
  const find = (name: string): KnownAgent | undefined => {
    const found = own.known.get(name) ?? own.qualified.get(name);
    if (found || own.byAgent.has(name)) return found;
    if (!opened.has(name)) opened.set(name, openShipped(name, tools));
    return opened.get(name);
  };
  const agents = {
    get: (name: string) => find(name)?.agent,
    has: (name: string) => find(name) !== undefined,
    keys: () => new Set([...own.agents.keys(), ...shippedNames()]),
  };
  const { diagnostics, byAgent, ownCount } = own;
  return { agents, diagnostics, dirs, byAgent, ownCount, find };
}

/** Every agent that {@link openAgents} has by a short name, in its order, all files read; and what is wrong in the folders. */
export function listAgents(dirs: string[]): { agents: KnownAgent[]; diagnostics: Diagnostic[] } {
  const { known, byAgent, diagnostics } = loadAgents(dirs);
  const shipped = loadShipped().filter(({ agent }) => !byAgent.has(agent.name));
  return { agents: [...known.values(), ...shipped], diagnostics };
}
