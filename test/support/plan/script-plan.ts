import { loadPlan } from '../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Agent, Plan } from '../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';

/** An agent of that name without tools. */
function plainAgent(name: string): Agent {
  return { ...planDefaults.agent, name, description: name, tools: [], system: `You are ${name}.` };
}

/** The plan of a script whose `meta` is made here; its agents are `general` and `critic`, without tools. */
export function scriptPlan(
  body: string,
  { inputs = {}, limits = {} }: { inputs?: JsonObject; limits?: JsonObject } = {},
): Plan {
  const agents = new Map(['general', 'critic'].map((name) => [name, plainAgent(name)]));
  const text = `export const meta = { name: 'tried', description: 'a script of a test' }\n${body}`;
  const registry = { agents, diagnostics: [], dirs: [] };
  const { plan } = loadPlan({ kind: 'text', text, file: 'tried.js' }, { agents: registry, inputs, limits, cwd: '/' });
  return { ...plan, workspace: '' };
}
