import { describe, expect, it } from 'vitest';
import type { AgentRegistry } from '../../../src/agents/registry.ts';
import { loadAgents } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { folderOf } from '../agents/agent-folder.ts';
import { registryOf } from './registry-of.ts';

function load(text: string, agents: AgentRegistry) {
  return loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { agents, cwd: '/project' });
}

describe('loadPlan', () => {
  it('knows an agent by its name in both forms of Unicode', () => {
    const [one, other] = ['caf\u00e9', 'cafe\u0301'];
    const dir = folderOf({ [`${other}.md`]: '---\ntools: bash\n---\nDo.' });
    const text = [
      `default_profile: ${other}`,
      `limits: { per_agent: { ${other}: { tokens: 9000000 } } }`,
      `policy: [{ tool: bash, agents: [${other}], action: deny }]`,
      `tasks: [{ id: a, prompt: x }, { id: b, profile: ${one}, prompt: x }]`,
    ];
    const { plan } = load(text.join('\n'), loadAgents([dir]));
    expect(Object.keys(plan.agents)).toEqual([one]);
    expect(plan.tasks.map(({ agent }) => agent)).toEqual([one, one]);
    expect([plan.policy[0]!.agents, Object.keys(plan.limits.perAgent)]).toEqual([[one], [one]]);
  });

  it('warns of braces that may be meant as they stand, and reads them as text', () => {
    const text = 'phases: [{ name: A, tasks: [{ profile: coder, prompt: "Fill {{ user.name }}." }] }]';
    const { plan, warnings } = load(text, registryOf('coder'));
    expect(plan.tasks[0]!.prompt).toBe('Fill {{ user.name }}.');
    expect(warnings).toMatchObject([{ code: 'bare-braces', severity: 'warning', line: 1, column: 61 }]);
  });
});
