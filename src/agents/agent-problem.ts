import type { Agent } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';

/** What a file of an agents folder gave: an agent, or none and at least one error. */
export interface LoadedAgent {
  name: string;
  agent: Agent | null;
  diagnostics: Diagnostic[];
}

/** Runs a loader; what it finds wrong comes back as diagnostics. */
export function collectProblems(name: string, load: () => LoadedAgent | null): LoadedAgent | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof DefinitionError) return { name, agent: null, diagnostics: error.diagnostics };
    throw error;
  }
}

/** The agent, unless an error was found. */
export function withoutErrors(agent: Agent, diagnostics: Diagnostic[]): LoadedAgent {
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  return { name: agent.name, agent: isBroken ? null : agent, diagnostics };
}
