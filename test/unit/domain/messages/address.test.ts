import { describe, expect, it } from 'vitest';
import type { KnownTask } from '../../../../src/domain/messages/address.ts';
import { findAddress } from '../../../../src/domain/messages/address.ts';
import { agent, plan, task } from '../../../support/plan/builders.ts';

const crew = plan({
  tasks: [
    task({ id: 'api', context: 'backend', agent: 'coder' }),
    task({ id: 'ui', agent: 'coder' }),
    task({ id: 'parts', agent: 'coder', forEach: { items: ['x', 'y'], maxParallel: null } as never }),
    task({ id: 'coder', agent: 'idle' }),
  ],
  agents: { coder: agent(), idle: agent(), unused: agent() },
});
const known = (id: string, context: string, isOpen: boolean, hasBegun = true): KnownTask => ({
  ...{ id, context, agent: 'coder', isOpen, hasBegun },
});

describe('whom a word means', () => {
  it.each([
    ['a context', 'backend', [], 'backend', 'to-begin'],
    ['a task, by its context', 'api', [], 'backend', 'to-begin'],
    ['a task before an agent of that name', 'coder', [], 'coder', 'to-begin'],
    ['one that is at work', 'ui', [known('ui', 'ui', true)], 'ui', 'at-work'],
    ['one that has ended', 'ui', [known('ui', 'ui', false)], 'ui', 'ended'],
    ['one that was added and has not begun', 'more', [known('more', 'more', true, false)], 'more', 'to-begin'],
    ['an item of a task', 'parts[1]', [known('parts[1]', 'parts[1]', true)], 'parts[1]', 'at-work'],
    ['an agent with a task', 'idle', [], 'coder', 'to-begin'],
  ] as const)('is %s', (_, to, begun, context, state) => {
    expect(findAddress(crew, begun, to)).toMatchObject({ context, state });
  });

  it('is, of an agent with several conversations, the one at work, else the one to begin, else the latest', () => {
    const two = plan({
      tasks: [task({ id: 'a', agent: 'coder' }), task({ id: 'b', agent: 'coder' })],
      agents: { coder: agent() },
    });
    const ended = known('a', 'a', false);
    expect(findAddress(two, [ended, known('b', 'b', true)], 'coder')).toMatchObject({ context: 'b', state: 'at-work' });
    expect(findAddress(two, [ended], 'coder')).toMatchObject({ context: 'b', state: 'to-begin' });
    expect(findAddress(two, [ended, known('b', 'b', false)], 'coder')).toMatchObject({ context: 'b', state: 'ended' });
  });

  it.each([
    ['the nearest name', 'bakend', /did you mean "backend"/],
    ['that there are several', 'parts', /one conversation for each of its items/],
    ['that an agent has nothing to do', 'unused', /no task in this run/],
  ])('is nobody, and it says %s', (_, to, problem) => {
    expect(findAddress(crew, [], to)).toEqual({ problem: expect.stringMatching(problem) as string });
  });
});
