import { describe, expect, it } from 'vitest';
import type { SchedulableTask } from '../../../../src/domain/scheduling/scheduler.ts';
import { Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';

function task(id: string, waits: string[] = [], options: Partial<SchedulableTask> = {}): SchedulableTask {
  const dependsOn = waits.map((other) => ({ task: other, on: 'all_success' as const, from: 'explicit' as const }));
  return { id, phase: null, dependsOn, ...options };
}

function schedulerOf(tasks: SchedulableTask[], max: (number | null)[] = []): Scheduler {
  const phases = max.map((each) => ({ repeat: each === null ? null : { max: each } }));
  return new Scheduler({ tasks, phases }, { maxParallel: 10 });
}

function starts(scheduler: Scheduler): string[] {
  return scheduler.next().start.map(({ id }) => id);
}

function endAll(scheduler: Scheduler, ids: string[], status: 'succeeded' | 'failed' = 'succeeded'): void {
  for (const id of ids) {
    scheduler.begin(id);
    scheduler.end(id, status);
  }
}

describe('for_each', () => {
  it('runs an execution per item, at most its size at once', () => {
    const scheduler = schedulerOf([task('each', [], { forEach: { size: 2 } }), task('after', ['each'])]);
    expect(scheduler.next().start[0]).toMatchObject({ id: 'each', item: null });
    scheduler.expand('each', 3);
    expect(starts(scheduler)).toEqual(['each[0]', 'each[1]']);
    scheduler.begin('each[0]');
    scheduler.begin('each[1]');
    expect(starts(scheduler)).toEqual([]);
    scheduler.end('each[1]', 'succeeded');
    expect(starts(scheduler)).toEqual(['each[2]']);
    expect(scheduler.status('each')).toBe('running');
    endAll(scheduler, ['each[2]', 'each[0]']);
    expect(starts(scheduler)).toEqual(['after']);
    expect(scheduler.instances().map(({ id, status }) => `${id} ${status}`)).toEqual([
      ...['each[0] succeeded', 'each[1] succeeded', 'each[2] succeeded', 'after ready'],
    ]);
  });

  it('has succeeded when there are no items, and failed when one item did', () => {
    const scheduler = schedulerOf([
      task('none', [], { forEach: { size: null } }),
      task('one', [], { forEach: { size: null } }),
    ]);
    scheduler.expand('none', 0);
    expect(scheduler.status('none')).toBe('succeeded');
    scheduler.expand('one', 2);
    scheduler.end('one[0]', 'failed');
    scheduler.end('one[1]', 'succeeded');
    expect(scheduler.status('one')).toBe('failed');
  });

  it('skips only the items that have not begun, and does not count as done', () => {
    const scheduler = schedulerOf([task('each', [], { forEach: { size: 1 } })]);
    scheduler.expand('each', 3);
    scheduler.begin('each[0]');
    expect(scheduler.skip('each')).toEqual(['each[1]', 'each[2]']);
    scheduler.end('each[0]', 'succeeded');
    expect(scheduler.status('each')).toBe('skipped');
    expect(Scheduler.from(scheduler.toJSON()).status('each')).toBe('skipped');
    scheduler.reset(['each']);
    scheduler.expand('each', 2);
    endAll(scheduler, starts(scheduler), 'succeeded');
    endAll(scheduler, starts(scheduler), 'succeeded');
    expect(scheduler.status('each')).toBe('succeeded');
  });

  it.each([
    { scope: ['src/${{ item }}/**'], together: 3 },
    { scope: ['docs/**'], together: 1 },
  ])('runs $together items at once that write $scope', ({ scope, together }) => {
    const scheduler = schedulerOf([task('each', [], { forEach: { size: null }, filesScope: scope })]);
    scheduler.expand('each', 3);
    expect(starts(scheduler)).toHaveLength(together);
  });
});

describe('loops', () => {
  it('asks after each iteration of a task, and lets others wait for the last', () => {
    const scheduler = schedulerOf([task('review', [], { repeat: { max: 3 } }), task('after', ['review'])]);
    endAll(scheduler, ['review'], 'failed');
    expect(scheduler.next()).toEqual({ start: [], skip: [], loops: [{ loop: { task: 'review' }, iteration: 1 }] });
    expect(scheduler.status('review')).toBe('running');
    scheduler.loopEnded({ task: 'review' }, false);
    expect(starts(scheduler)).toEqual(['review#2']);
    endAll(scheduler, ['review#2']);
    scheduler.loopEnded({ task: 'review' }, false);
    endAll(scheduler, ['review#3']);
    expect(scheduler.next()).toMatchObject({ start: [{ id: 'after' }], loops: [] });
    expect(scheduler.instances().map(({ id, status }) => `${id} ${status}`)).toEqual([
      ...['review failed', 'review#2 succeeded', 'review#3 succeeded', 'after ready'],
    ]);
    expect(scheduler.statusOf('review')).toBe('failed');
  });

  it('does all tasks of a phase anew, in their order, until the loop is over', () => {
    const scheduler = schedulerOf(
      [
        task('build', [], { phase: 0 }),
        task('test', ['build'], { phase: 0 }),
        task('outside', ['build']),
        task('next', [], { phase: 1, afterPhase: 0 }),
      ],
      [3, null],
    );
    endAll(scheduler, ['build', 'test']);
    expect(scheduler.next()).toEqual({ start: [], skip: [], loops: [{ loop: { phase: 0 }, iteration: 1 }] });
    scheduler.loopEnded({ phase: 0 }, false);
    expect(starts(scheduler)).toEqual(['build#2']);
    endAll(scheduler, ['build#2', 'test#2']);
    scheduler.loopEnded({ phase: 0 }, true);
    expect(starts(scheduler)).toEqual(['outside', 'next']);
  });

  it('says which executions count in the end, when the loops around them are over', () => {
    const scheduler = schedulerOf(
      [task('build', [], { phase: 0 }), task('review', [], { repeat: { max: 3 } }), task('plain')],
      [3],
    );
    endAll(scheduler, ['build', 'review', 'plain']);
    expect(['build', 'review', 'plain'].map((id) => scheduler.counts(id))).toEqual([null, null, true]);
    scheduler.add([task('part')], 'review');
    endAll(scheduler, ['part']);
    expect(scheduler.counts('part')).toBe(null);
    scheduler.loopEnded({ task: 'review' }, false);
    endAll(scheduler, ['review#2']);
    scheduler.loopEnded({ task: 'review' }, true);
    scheduler.loopEnded({ phase: 0 }, true);
    const ids = ['build', 'review', 'review#2', 'part'];
    expect(ids.map((id) => scheduler.counts(id))).toEqual([true, false, true, false]);
  });

  it('is over without asking when nothing of it ran', () => {
    const scheduler = schedulerOf([task('a', [], { phase: 0 }), task('b', [], { repeat: { max: 2 } })], [3]);
    scheduler.skip('a');
    scheduler.end('b', 'skipped');
    expect(scheduler.next().loops).toEqual([]);
    expect(scheduler.isOver).toBe(true);
  });

  it('stays over when the scheduler is saved and goes on', () => {
    const scheduler = schedulerOf([task('a', [], { phase: 0 }), task('b', [], { repeat: { max: 3 } }), task('c')], [3]);
    endAll(scheduler, ['a', 'b']);
    scheduler.loopEnded({ phase: 0 }, true);
    scheduler.loopEnded({ task: 'b' }, true);
    const restored = Scheduler.from(scheduler.toJSON());
    expect(restored.next()).toEqual(scheduler.next());
    expect(restored.next()).toMatchObject({ start: [{ id: 'c' }], loops: [] });
  });

  it('is ended by a person who skips its task', () => {
    const scheduler = schedulerOf([task('a', [], { repeat: { max: 5 } })]);
    endAll(scheduler, ['a']);
    scheduler.skip('a');
    expect(scheduler.isOver).toBe(true);
    expect(scheduler.status('a')).toBe('succeeded');
  });
});

describe('added tasks', () => {
  it('begin when the execution that added them has succeeded, and hold back those who wait for it', () => {
    const scheduler = schedulerOf([task('plan'), task('after', ['plan'])]);
    scheduler.begin('plan');
    scheduler.add([task('part-1', ['plan']), task('part-2', ['part-1'])], 'plan');
    expect(starts(scheduler)).toEqual([]);
    scheduler.end('plan', 'succeeded');
    expect(starts(scheduler)).toEqual(['part-1']);
    expect(scheduler.status('plan')).toBe('running');
    endAll(scheduler, ['part-1', 'part-2']);
    expect(starts(scheduler)).toEqual(['after']);
  });

  it.each([
    { ends: ['failed', 'succeeded'], status: 'failed' },
    { ends: ['skipped', 'succeeded'], status: 'succeeded' },
  ] as const)('make of their task with $ends: $status', ({ ends, status }) => {
    const scheduler = schedulerOf([task('plan')]);
    scheduler.begin('plan');
    scheduler.add([task('x'), task('y')], 'plan');
    scheduler.end('plan', 'succeeded');
    scheduler.end('x', ends[0]);
    scheduler.end('y', ends[1]);
    expect(scheduler.status('plan')).toBe(status);
    expect(scheduler.isOver).toBe(true);
  });

  it('are given up when the execution that added them fails', () => {
    const scheduler = schedulerOf([task('plan', [], { forEach: { size: null } })]);
    scheduler.expand('plan', 2);
    scheduler.begin('plan[0]');
    scheduler.add([task('x')], 'plan[0]');
    scheduler.end('plan[0]', 'failed');
    expect(scheduler.next().skip).toEqual([{ id: 'x', reason: 'it needs plan[0], which failed', isLost: true }]);
  });

  it('are missing when they need all items of their task, and another item fails', () => {
    const scheduler = schedulerOf([task('plan', [], { forEach: { size: null } })]);
    scheduler.expand('plan', 2);
    scheduler.begin('plan[0]');
    scheduler.add([task('x', ['plan'])], 'plan[0]');
    endAll(scheduler, ['plan[0]']);
    endAll(scheduler, ['plan[1]'], 'failed');
    expect(scheduler.next().skip).toEqual([{ id: 'x', reason: 'it needs plan, which failed', isLost: true }]);
  });

  it('count no longer when their task is done anew', () => {
    const scheduler = schedulerOf([task('plan'), task('after', ['plan'])]);
    scheduler.begin('plan');
    scheduler.add([task('x')], 'plan');
    endAll(scheduler, ['plan']);
    scheduler.end('plan', 'succeeded');
    endAll(scheduler, ['x'], 'failed');
    expect(scheduler.status('plan')).toBe('failed');
    expect(scheduler.reset(['plan'])).toEqual(['plan']);
    endAll(scheduler, ['plan']);
    expect(scheduler.status('plan')).toBe('succeeded');
    expect(starts(scheduler)).toEqual(['after']);
  });

  it('stay part of a task that was given up before it began, when that is done anew', () => {
    const scheduler = schedulerOf([task('a'), task('plan', ['a'])]);
    endAll(scheduler, ['a'], 'failed');
    scheduler.add([task('x'), task('y', ['x'])], 'plan');
    scheduler.end('plan', 'skipped');
    scheduler.end('x', 'skipped');
    expect(scheduler.next().skip.map(({ id }) => id)).toEqual(['y']);
    expect(scheduler.reset(['a'])).toEqual(['a', 'plan', 'x']);
    expect(scheduler.next()).toMatchObject({ start: [{ id: 'a' }], skip: [] });
    endAll(scheduler, ['a']);
    expect(starts(scheduler)).toEqual(['plan']);
    endAll(scheduler, ['plan']);
    expect(starts(scheduler)).toEqual(['x']);
    expect(Scheduler.from(scheduler.toJSON()).next()).toEqual(scheduler.next());
    endAll(scheduler, ['x', 'y']);
    expect(scheduler.status('plan')).toBe('succeeded');
    expect(scheduler.isOver).toBe(true);
  });

  it('do not hold a run up when their task is revived, and cancelled at last', () => {
    const scheduler = schedulerOf([task('a'), task('plan', ['a'])]);
    endAll(scheduler, ['a'], 'failed');
    scheduler.add([task('x'), task('y', ['x'])], 'plan');
    scheduler.end('plan', 'skipped');
    scheduler.reset(['a']);
    endAll(scheduler, ['a']);
    scheduler.begin('plan');
    scheduler.end('plan', 'cancelled');
    expect(scheduler.next().skip.map(({ id }) => id)).toEqual(['x', 'y']);
    scheduler.end('x', 'skipped');
    scheduler.end('y', 'skipped');
    expect(scheduler.status('plan')).toBe('cancelled');
    expect(scheduler.isOver).toBe(true);
  });

  it('open a run again that was over, and refuse an id that is taken', () => {
    const scheduler = schedulerOf([task('a')]);
    endAll(scheduler, ['a']);
    scheduler.add([task('b', ['a'])], null);
    expect(scheduler.isOver).toBe(false);
    expect(starts(scheduler)).toEqual(['b']);
    expect(() => scheduler.add([task('a')], null)).toThrow('there is a task a already');
  });
});
