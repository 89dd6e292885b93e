import type { CrewPool } from '../agents/choose-crew.ts';
import { chooseCrew } from '../agents/choose-crew.ts';
import type { AgentRegistry } from '../agents/registry.ts';
import type { NativeDefinition } from './formats/format.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { quoted } from './source/diagnostic.ts';
import { isJsonObject } from './source/source-document.ts';

/** A definition with all of its agents named, and those that it can have. */
type CrewedDefinition = Omit<NativeDefinition, 'need'> & { agents: AgentRegistry };

/** Finds the agents of a definition that says what is needed only. What was found stands in the Plan, so that a run keeps it. */
export function withCrew(
  { need, document, diagnostics }: NativeDefinition,
  { agents, crewPool }: { agents: AgentRegistry; crewPool?: (() => CrewPool) | undefined },
): CrewedDefinition {
  const { value } = document;
  if (need === undefined || !isJsonObject(value)) return { document, diagnostics, agents };
  const { manager, delegates } = value;
  const named = Array.isArray(delegates) ? delegates.filter((name) => typeof name === 'string') : null;
  const everybody = crewPool?.() ?? { agents, managers: agents, list: () => [] };
  const lead = typeof manager === 'string' ? manager : '';
  const crew = chooseCrew(everybody, { manager: lead, need, names: named });
  const found = [...diagnostics];
  const report = (problem: Pick<Diagnostic, 'code' | 'message' | 'hint' | 'severity'>): void => {
    found.push(document.diagnostic(['delegates'], problem));
  };
  if (delegates === undefined && crew.names.length === 0) {
    const message = 'there is no agent that fits what is to be done';
    report({ code: 'no-agent', message, hint: 'name some with `agents`', severity: 'error' });
  }
  if (crew.lost.size > 0) {
    const who = [...crew.lost].map(([name, tools]) => `${name} (${tools.join(', ')})`).join(', ');
    const message = `nobody gets tools that the manager ${quoted(lead)} does not have: taken from ${who}`;
    report({ code: 'tools-bounded', message, hint: null, severity: 'warning' });
  }
  return {
    document: delegates === undefined ? document.withValue({ ...value, delegates: crew.names }) : document,
    diagnostics: found,
    agents: crew.agents,
  };
}
