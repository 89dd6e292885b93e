import { describe, expect, it } from 'vitest';
import type { AgentRegistry } from '../../../src/agents/registry.ts';
import { loadAgents } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import type { Diagnostic } from '../../../src/definition/source/diagnostic.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { folderOf } from '../agents/agent-folder.ts';
import { registryOf } from './registry-of.ts';

function load(text: string, agents: AgentRegistry) {
  return loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { agents, cwd: '/project' });
}

function problemsOf(text: string): readonly Diagnostic[] {
  try {
    load(text, registryOf('worker'));
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics;
    throw error;
  }
  throw new Error('nothing is wrong with it');
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

  it.each(['tasks.open-q.output', 'tasks.open_q.output', 'tasks.open.q.output'])(
    'refuses %s where two tasks are written so',
    (source) => {
      const text = `default_profile: worker
tasks:
  - { id: open-q, prompt: x }
  - { id: open.q, prompt: x }
  - { id: c, prompt: "See \${{ ${source} }}", depends_on: [open-q, open.q] }`;
      const diagnostics = problemsOf(text);
      const message = 'in expressions the tasks "open-q", "open.q" are one name, "open_q"';
      const hint = 'write tasks["open-q"], or call one of them otherwise';
      expect(diagnostics).toMatchObject([{ code: 'ambiguous-name', message, hint, line: 5 }]);
    },
  );

  it('reads one of them by its whole name in brackets, and others in short', () => {
    const text = `default_profile: worker
inputs: { my-name: { default: a }, my_name: { default: b } }
tasks:
  - { id: open-q, prompt: x }
  - { id: open.q, prompt: x }
  - { id: other-q, prompt: x }
  - { id: c, prompt: "See \${{ tasks['open-q'].output + tasks.other-q.output }}", depends_on: [open-q, open.q, other-q] }`;
    expect(load(text, registryOf('worker')).plan.tasks).toHaveLength(4);
    const wrong = text.replace("tasks['open-q']", "inputs.my_name + tasks['open-q']");
    const diagnostics = problemsOf(wrong);
    expect(diagnostics).toMatchObject([
      { code: 'ambiguous-name', hint: 'write inputs["my-name"], or call one of them otherwise' },
    ]);
  });
});
