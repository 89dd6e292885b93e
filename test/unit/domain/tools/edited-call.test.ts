import { describe, expect, it } from 'vitest';
import { refuseEdit } from '../../../../src/domain/tools/edited-call.ts';
import type { Approval, ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';

const rule = (action: ToolRule['action'], match: string, approval: Partial<Approval> = {}): ToolRule => ({
  ...{ tool: '*', agents: [], action, match, approval: { ...planDefaults.approval, by: ['dev'], ...approval } },
});
const policy = [
  rule('ask', '*deploy prod*', { by: ['cto'] }),
  rule('ask', '*deploy world*', { needed: 2 }),
  rule('ask', '*deploy lab*', { escalate: null }),
  rule('deny', '*rm *'),
  rule('allow', 'echo *'),
  rule('ask', '*deploy*'),
];
const refuse = (command: string, rules = policy) =>
  refuseEdit(
    { policy: rules, workspace: '/w' },
    { agent: 'coder', tool: 'bash', input: { command: 'deploy staging' } },
    { command },
  );

describe('refuseEdit', () => {
  it.each([
    ['deploy staging --dry-run', null],
    ['echo done', null],
    ['ls', null],
    ['deploy lab', null],
    ['rm -rf x', 'forbidden'],
    ['deploy staging; r"m" -rf x', 'forbidden'],
    ['deploy prod', { others: 'cto' }],
    ['deploy "prod"', { others: 'cto' }],
    ['deploy world', { others: 'dev (2 people)' }],
  ])('decides %j anew', (command, refusal) => {
    expect(refuse(command)).toEqual(refusal);
  });

  it('reads a path inside of the workspace as the rules do', () => {
    const plan = { policy: [rule('deny', 'write secret*')], workspace: '/w' };
    const call = { agent: 'coder', tool: 'filesystem', input: { action: 'write', path: 'a' } };
    expect(refuseEdit(plan, call, { action: 'write', path: '/w/secret' })).toBe('forbidden');
    expect(refuseEdit(plan, call, { action: 'write', path: '/w/b' })).toBeNull();
  });

  it('names somebody where no role is named', () => {
    const rules = [rule('ask', 'b*', { by: [], needed: 2 }), rule('ask', '*deploy*', { by: [] })];
    expect(refuse('b', rules)).toEqual({ others: 'somebody who is asked for it (2 people)' });
  });
});
