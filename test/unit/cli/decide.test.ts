import { describe, expect, it } from 'vitest';
import { checkRole, choose } from '../../../src/cli/commands/decide.ts';
import type { WaitingAnswer } from '../../../src/contracts/control.ts';

function waiting(id: string, taskId: string, cause: 'approval' | 'blocker' = 'approval'): WaitingAnswer[number] {
  const about = {
    what: `what of ${taskId}`,
    detail: '',
    approval: null,
    since: '2026-11-21T10:00:00Z',
    deadline: null,
  };
  return { id, taskId, cause, ...about };
}

const list = [
  waiting('before/build', 'build'),
  waiting('tool/ship~1/3/t1', 'ship'),
  waiting('tool/ship~1/3/t2', 'ship'),
  waiting('blocker/plan~1/1/t3', 'plan', 'blocker'),
];

describe('choose', () => {
  it('takes the only one that waits', () => {
    expect(choose(list, 'blocker', undefined, 'r').taskId).toBe('plan');
  });

  it.each([
    ['before/build', 'before/build'],
    ['build', 'before/build'],
    ['t2', 'tool/ship~1/3/t2'],
  ])('finds %s by id, by task or by a part of the id', (wanted, id) => {
    expect(choose(list, 'approval', wanted, 'r').id).toBe(id);
  });

  it('lists them when several could be meant', () => {
    expect(() => choose(list, 'approval', undefined, 'r')).toThrow('several wait');
    expect(() => choose(list, 'approval', 'ship', 'r')).toThrow('tool/ship~1/3/t2');
  });

  it('says what waits instead when nothing of that kind does', () => {
    expect(() => choose(list.slice(3), 'approval', undefined, 'r')).toThrow('plan waits for an answer');
    expect(() => choose([], 'approval', 'x', 'r')).toThrow('Nothing of r waits');
  });
});

describe('checkRole', () => {
  const approval = { by: ['lead', 'owner'], needed: 1, deadlineMs: null, remindMs: null, onTimeout: 'halt' as const };
  const one = {
    ...waiting('before/build', 'build'),
    approval: { ...approval, escalate: { afterMs: 1, to: ['boss'] } },
  };

  it.each(['lead', 'owner', 'boss'])('lets the role %s decide, now or after the escalation', (role) => {
    expect(() => checkRole(one, role)).not.toThrow();
  });

  it('says how to name the role', () => {
    expect(() => checkRole(one, undefined)).toThrow('is decided by lead or owner: say so with --as lead or --as owner');
    expect(() => checkRole(one, 'cook')).toThrow('not by cook');
  });

  it('asks for none where anybody may decide', () => {
    expect(() => checkRole(waiting('before/build', 'build'), undefined)).not.toThrow();
    expect(() => checkRole(null, undefined)).not.toThrow();
  });
});
