import type { AgentRegistry } from '../../../src/agents/registry.ts';
import type { Agent } from '../../../src/domain/plan/plan.ts';

/** A registry of agents that differ in name only; `unpriced` uses a model without a price. */
export function registryOf(...names: string[]): AgentRegistry {
  const agents = names.map((name): [string, Agent] => [name, agentNamed(name)]);
  return { agents: new Map(agents), diagnostics: [], dirs: ['crew'] };
}

function agentNamed(name: string): Agent {
  const model = name === 'unpriced' ? 'local-model' : 'claude-sonnet-4-5';
  return { name, description: '', model, tools: ['issue'], maxTurns: 10, maxTokens: 1000, system: `You are ${name}.` };
}
