import { expect, it } from 'vitest';
import { quietPlan } from '../../../../src/domain/cassette/quiet-plan.ts';
import type { Plan, ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { agent, plan, task } from '../../../support/plan/builders.ts';

const approval = { ...planDefaults.approval, by: [] };
const ask: ToolRule = { tool: 'bash', match: null, agents: [], action: 'ask', approval };
const deny: ToolRule = { ...ask, action: 'deny' };

it('asks nobody, undoes nothing and is judged by nobody, and forbids what was forbidden', () => {
  const undone = { compensate: { kind: 'bash', command: 'rm x', env: {} } } as const;
  const loud: Plan = {
    ...plan({
      agents: { worker: agent({ rules: [ask, deny] }) },
      tasks: [task({ id: 'one', ...undone, approval: { ...approval, at: 'before', when: null } })],
    }),
    policy: [ask, deny],
    bounds: [[ask]],
    evaluate: { checks: [], plan: null } as unknown as NonNullable<Plan['evaluate']>,
  };
  const quiet = quietPlan({ ...loud, workflows: { inner: loud } });
  for (const each of [quiet, quiet.workflows!['inner']!]) {
    expect(each).not.toHaveProperty('evaluate');
    expect(each.tasks).toMatchObject([{ id: 'one', compensate: null, approval: null }]);
    expect(each.policy.map(({ action }) => action)).toEqual(['allow', 'deny']);
    expect(each.bounds!.flat().map(({ action }) => action)).toEqual(['allow']);
    expect(each.agents['worker']!.rules!.map(({ action }) => action)).toEqual(['allow', 'deny']);
  }
});
