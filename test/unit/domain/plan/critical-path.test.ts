import { describe, expect, it } from 'vitest';
import { criticalPath, remainingWeights } from '../../../../src/domain/plan/critical-path.ts';
import { fc } from '../../../support/base/properties.ts';

function task(
  id: string,
  waits: string[] = [],
  options: { phase?: number; afterPhase?: number; weightMs?: number } = {},
) {
  return { id, phase: null, dependsOn: waits.map((other) => ({ task: other })), ...options };
}

describe('criticalPath', () => {
  it('follows what takes longest, not what has most tasks', () => {
    const tasks = [task('a'), task('b', ['a']), task('c', ['b']), task('long'), task('end', ['c', 'long'])];
    const weights = new Map([
      ['long', 10],
      ['end', 2],
    ]);
    expect(criticalPath(tasks, weights)).toEqual({ tasks: ['long', 'end'], totalMs: 12 });
    expect(criticalPath(tasks, new Map())).toEqual({ tasks: ['a', 'b', 'c', 'end'], totalMs: 4 });
  });

  it('goes through the end of a phase', () => {
    const tasks = [
      task('a', [], { phase: 0 }),
      task('slow', [], { phase: 0 }),
      task('b', [], { phase: 1, afterPhase: 0 }),
    ];
    expect(criticalPath(tasks, new Map([['slow', 5]]))).toEqual({ tasks: ['slow', 'b'], totalMs: 6 });
  });

  it.each([
    { name: 'no tasks', tasks: [] },
    { name: 'a ring', tasks: [task('a', ['b']), task('b', ['a'])] },
  ])('is empty for $name', ({ tasks }) => {
    expect(criticalPath(tasks, new Map())).toEqual({ tasks: [], totalMs: 0 });
  });

  it('is as long as the longest way from any start', () => {
    const anyTasks = fc.array(
      fc.record({ waits: fc.array(fc.nat(), { maxLength: 3 }), weightMs: fc.integer({ min: 1, max: 9 }) }),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(anyTasks, (drafts) => {
        const tasks = drafts.map(({ waits, weightMs }, index) =>
          task(`t${index}`, index === 0 ? [] : waits.map((other) => `t${other % index}`), { weightMs }),
        );
        const weights = new Map(tasks.map(({ id, weightMs }) => [id, weightMs!]));
        const path = criticalPath(tasks, weights);
        expect(path.totalMs).toBe(Math.max(...remainingWeights(tasks).values()));
        expect(path.tasks.reduce((sum, id) => sum + weights.get(id)!, 0)).toBe(path.totalMs);
        for (const [index, id] of path.tasks.slice(1).entries()) {
          const waits = tasks.find((each) => each.id === id)!.dependsOn.map((edge) => edge.task);
          expect(waits).toContain(path.tasks[index]);
        }
      }),
    );
  });
});

describe('remainingWeights', () => {
  it('adds up the longest way to the end, phases included', () => {
    const tasks = [
      task('a', [], { phase: 0, weightMs: 2 }),
      task('b', [], { phase: 1, afterPhase: 0, weightMs: 3 }),
      task('c', ['b'], { weightMs: 4 }),
    ];
    const remaining = remainingWeights(tasks);
    expect(['a', 'b', 'c'].map((id) => remaining.get(id))).toEqual([9, 7, 4]);
  });

  it('knows only the own weight in a ring', () => {
    expect(remainingWeights([task('a', ['b'], { weightMs: 2 }), task('b', ['a'])]).get('a')).toBe(2);
  });
});
