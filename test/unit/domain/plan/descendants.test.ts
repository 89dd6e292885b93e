import { describe, expect, it } from 'vitest';
import { withDescendants } from '../../../../src/domain/plan/descendants.ts';
import { plan, phase, task } from '../../../support/plan/builders.ts';

const after = (...ids: string[]) => ids.map((id) => ({ task: id, on: 'all_success', from: 'explicit' }) as const);

describe('withDescendants', () => {
  it('takes what depends on a task, directly or not, and nothing else', () => {
    const tasks = [
      task({ id: 'a' }),
      task({ id: 'b', dependsOn: after('a') }),
      task({ id: 'other' }),
      task({ id: 'c', dependsOn: after('b', 'other') }),
    ];
    expect(withDescendants(plan({ tasks }), 'b')).toEqual(['b', 'c']);
    expect(withDescendants(plan({ tasks }), 'a')).toEqual(['a', 'b', 'c']);
    expect(withDescendants(plan({ tasks }), 'other')).toEqual(['other', 'c']);
  });

  it('takes the phases behind it', () => {
    const tasks = [
      task({ id: 'a', phase: 0 }),
      task({ id: 'b', phase: 1, afterPhase: 0 }),
      task({ id: 'c', phase: 2, afterPhase: 1 }),
    ];
    const phases = [phase('one'), phase('two'), phase('three')];
    expect(withDescendants(plan({ phases, tasks }), 'a')).toEqual(['a', 'b', 'c']);
    expect(withDescendants(plan({ phases, tasks }), 'b')).toEqual(['b', 'c']);
  });
});
