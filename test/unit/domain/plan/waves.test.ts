import { describe, expect, it } from 'vitest';
import { waves } from '../../../../src/domain/plan/waves.ts';

function task(id: string, waits: string[] = [], phases: { phase?: number; afterPhase?: number } = {}) {
  return { id, phase: null, dependsOn: waits.map((other) => ({ task: other })), ...phases };
}

describe('waves', () => {
  it.each([
    { name: 'nothing', tasks: [], expected: [] },
    {
      name: 'a graph',
      tasks: [task('late', ['b']), task('a'), task('b', ['a']), task('c', ['a']), task('d', ['gone'])],
      expected: [['a', 'd'], ['b', 'c'], ['late']],
    },
    {
      name: 'phases',
      tasks: [
        task('a', [], { phase: 0 }),
        task('b', ['a'], { phase: 0 }),
        task('c', [], { phase: 1, afterPhase: 0 }),
        task('d', [], { phase: 2, afterPhase: 1 }),
        task('free'),
      ],
      expected: [['a', 'free'], ['b'], ['c'], ['d']],
    },
    {
      name: 'an empty phase between',
      tasks: [task('a', [], { phase: 0 }), task('b', [], { phase: 2, afterPhase: 1 })],
      expected: [['a'], ['b']],
    },
    { name: 'a ring', tasks: [task('a', ['b']), task('b', ['a'])], expected: [] },
  ])('sorts $name', ({ tasks, expected }) => {
    expect(waves(tasks)).toEqual(expected);
  });
});
