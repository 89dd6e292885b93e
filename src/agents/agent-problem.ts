import type { JsonObject } from '../domain/json.ts';
import type { Agent } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';

/** What an agent's file says for people, beside what a run needs. */
export interface AgentCard {
  category: string | null;
  tags: string[];
  /** Keys of the file that are not used here, with their values. */
  unused: JsonObject;
}

/** What a file of an agents folder gave: an agent, or none and at least one error. */
export interface LoadedAgent {
  name: string;
  agent: Agent | null;
  card: AgentCard;
  diagnostics: Diagnostic[];
}

/** The card of an agent of which nothing is said. */
export const emptyCard: AgentCard = { category: null, tags: [], unused: {} };

/** Runs a loader; what it finds wrong comes back as diagnostics. */
export function collectProblems(name: string, load: () => LoadedAgent | null): LoadedAgent | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof DefinitionError) return { name, agent: null, card: emptyCard, diagnostics: error.diagnostics };
    throw error;
  }
}

/** The agent, unless an error was found. */
export function withoutErrors(agent: Agent, card: AgentCard, diagnostics: Diagnostic[]): LoadedAgent {
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  return { name: agent.name, agent: isBroken ? null : agent, card, diagnostics };
}
