import { describe, expect, it } from 'vitest';
import { toOutlineTask } from '../../../../src/domain/plan/outline.ts';
import type { PlanTask } from '../../../../src/domain/plan/plan.ts';
import { mayFollow, maySlice } from '../../../../src/domain/turns/may-slice.ts';
import { task } from '../../../support/plan/builders.ts';

const run = { agents: { worker: { isQuick: true }, slow: {} }, phases: [] };
const outlined = (more: Partial<PlanTask>) => toOutlineTask(task({ id: 'a', ...more }), 1);

describe('a task in a slice', () => {
  it('is one whose agent has quick tools alone, in the folder as it is', () => {
    expect(maySlice(outlined({}), run)).toBe(true);
    expect(maySlice(outlined({ agent: 'slow' }), run)).toBe(false);
    expect(maySlice(outlined({ agent: 'nobody' }), run)).toBe(false);
    expect(maySlice(outlined({ isolate: 'worktree' }), run)).toBe(false);
    expect(maySlice(outlined({}), { ...run, agents: { worker: { isQuick: true, runner: {} } } })).toBe(false);
  });

  it('does not begin there by itself where more than the scheduler says what begins with it', () => {
    expect(mayFollow(outlined({}), run)).toBe(true);
    expect(mayFollow(outlined({ agent: 'slow' }), run)).toBe(false);
    expect(mayFollow(outlined({ filesScope: ['src/**'] }), run)).toBe(false);
    expect(mayFollow(outlined({ compensate: { kind: 'bash', command: 'true', env: {} } }), run)).toBe(false);
    expect(mayFollow(outlined({ forEach: { items: '[1]', size: null } as never }), run)).toBe(false);
  });
});
