import { loadAgents } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import type { Diagnostic } from '../../../src/definition/source/diagnostic.ts';
import { listTemplates } from '../../../src/definition/templates/find-template.ts';
import { shippedTemplates } from '../../../src/definition/templates/shipped-templates.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { outputSchemaProblem } from '../../../src/models/check-output.ts';

const root = new URL('../../../', import.meta.url);

/** The templates that come with Gaffer. */
export const shipped = listTemplates([shippedTemplates()]);

let agents: ReturnType<typeof loadAgents> | undefined;

/** What a template needs that has no default, for trying it. */
export const neededInputs: Readonly<Record<string, JsonObject>> = {
  'foreman-worker': { goal: 'All tests pass.' },
  'map-reduce': { instruction: 'Say what it exports.' },
  pipeline: { task: 'Make the tests pass.' },
  'research-synthesis': { question: 'How long does a link to reset a password live?' },
  'content-pipeline': { topic: 'Signing in' },
  feature: { feature: 'a report of the orders' },
  debate: { question: 'Is a lock better than a queue here?' },
  negotiation: { subject: 'a date', first: 'wants Monday', second: 'wants Friday' },
  consensus: { question: 'Lock or queue?', options: ['lock', 'queue'] },
};

/** Plan of a shipped template, with the agents that come with it. `triesSchemas`: those of its outputs, which takes most of the time. @throws DefinitionError */
export function templatePlan(
  id: string,
  inputs: JsonObject,
  triesSchemas = true,
): { plan: Plan; warnings: Diagnostic[] } {
  agents ??= loadAgents([new URL('agents', root).pathname]);
  const file = new URL(`templates/${id}.yaml`, root).pathname;
  const checkSchema = triesSchemas ? { checkSchema: outputSchemaProblem } : {};
  return loadPlan({ kind: 'file', file }, { agents, cwd: '/project', inputs, ...checkSchema });
}
