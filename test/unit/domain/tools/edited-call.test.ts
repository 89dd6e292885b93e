import { describe, expect, it } from 'vitest';
import { readCall } from '../../../../src/domain/tools/canonical-call.ts';
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
  refuseEdit(rules, 'coder', {
    asked: readCall('bash', { command: 'deploy staging' }, '/w'),
    edited: readCall('bash', { command }, '/w'),
  });

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
    const write = (path: string) => readCall('filesystem', { action: 'write', path }, '/w');
    const refuse = (path: string) =>
      refuseEdit([rule('deny', 'write secret*')], 'coder', { asked: write('a'), edited: write(path) });
    expect(refuse('/w/secret')).toBe('forbidden');
    expect(refuse('/w/b')).toBeNull();
  });

  it('names somebody where no role is named', () => {
    const rules = [rule('ask', 'b*', { by: [], needed: 2 }), rule('ask', '*deploy*', { by: [] })];
    expect(refuse('b', rules)).toEqual({ others: 'somebody who is asked for it (2 people)' });
  });
});
