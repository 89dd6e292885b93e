import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { agent } from '../../../support/plan/builders.ts';

function warnings(text: string, tools: string[]): string[] {
  const worker = agent({ name: 'worker', tools });
  const agents = { agents: new Map([['worker', worker]]), dirs: [], diagnostics: [] };
  const source = { kind: 'text', text: `default_profile: worker\n${text}`, file: 'test.yaml' } as const;
  return loadPlan(source, { agents, inputs: {}, cwd: process.cwd() })
    .warnings.filter(({ code }) => code === 'never-written')
    .map(({ line, message, hint }) => `${line}: ${message} (${hint})`);
}

const tasks = (when: string): string =>
  `tasks:\n  - { id: a, prompt: go }\n  - { id: b, depends_on: [a], prompt: "\${{ state.plan }}", when: '${when}' }\n`;

describe('what an expression reads of the shared state', () => {
  it('is warned about where no agent can write it, with the way out', () => {
    expect(warnings(tasks('size(state) > 0'), ['state_get'])).toEqual([
      '4: state.plan is null: no agent of this workflow has state_set (give an agent the tool state_set)',
      '4: state is empty: no agent of this workflow has state_set (give an agent the tool state_set)',
    ]);
    expect(warnings(`communication: false\n${tasks('true')}`, ['state_set'])).toEqual([
      '5: state.plan is null: no agent of this workflow has state_set (agents share nothing here: "communication: true" gives them state_set)',
    ]);
    const alone = 'outputs: { plan: "${{ state.plan }}" }\ntasks: [{ id: a, prompt: go }]\n';
    expect(warnings(alone, ['state_set'])).toHaveLength(1);
    expect(warnings(`communication: true\n${alone}`, ['state_set'])).toEqual([]);
  });

  it.each([
    ['is a call', '{ id: a, tool: state_set, input: { key: plan, value: 9 } }'],
    ['is undone by one', '{ id: a, prompt: go, compensate: { tool: state_set, input: { key: plan, value: 9 } } }'],
  ])('is not warned about where a task %s that writes it', (_how, task) => {
    const reader = '{ id: b, depends_on: [a], prompt: "${{ state.plan }}" }';
    expect(warnings(`tasks: [${task}, ${reader}]\n`, ['state_get'])).toEqual([]);
  });

  it('is warned about where no key can be called so, and not where an agent may write it', () => {
    expect(warnings(tasks('state["plan/items"] == 1'), ['state_set'])).toEqual([]);
    expect(warnings(tasks('state["../x y"] == 1'), ['state_set'])).toEqual([
      expect.stringMatching(/^4: state\["\.\.\/x y"\] is null: nobody can write such a key \(a key is made of/),
    ]);
  });
});
