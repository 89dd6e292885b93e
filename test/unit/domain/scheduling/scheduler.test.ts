import { describe, expect, it } from 'vitest';
import type { PlanDependency } from '../../../../src/domain/plan/plan.ts';
import type { SchedulableTask } from '../../../../src/domain/scheduling/scheduler.ts';
import { hasEnded, Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';

function task(id: string, waits: string[] = [], options: Partial<SchedulableTask> = {}): SchedulableTask {
  return { id, phase: null, dependsOn: waits.map((other) => edge(other)), ...options };
}

function edge(other: string, options: Partial<PlanDependency> = {}): PlanDependency {
  return { task: other, on: 'all_success', from: 'explicit', ...options };
}

function schedulerOf(tasks: SchedulableTask[], { maxParallel = 10, max = [] as (number | null)[] } = {}): Scheduler {
  const phases = max.map((each) => ({ repeat: each === null ? null : { max: each } }));
  return new Scheduler({ tasks, phases }, { maxParallel });
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

describe('Scheduler', () => {
  it('starts a task when all it waits for has succeeded, without waiting for others', () => {
    const scheduler = schedulerOf([task('a'), task('slow'), task('b', ['a']), task('c', ['b', 'slow'])]);
    expect(starts(scheduler)).toEqual(['a', 'slow']);
    scheduler.begin('slow');
    endAll(scheduler, ['a']);
    expect(starts(scheduler)).toEqual(['b']);
    endAll(scheduler, ['b', 'slow']);
    expect(starts(scheduler)).toEqual(['c']);
    expect(scheduler.status('c')).toBe('ready');
  });

  it('gives up, one after the other, what needs a task that failed', () => {
    const scheduler = schedulerOf([task('a'), task('b', ['a']), task('c', ['b'])]);
    endAll(scheduler, ['a'], 'failed');
    expect(scheduler.next().skip).toEqual([{ id: 'b', reason: 'it needs a, which failed', isLost: true }]);
    scheduler.end('b', 'skipped');
    expect(scheduler.next().skip).toEqual([{ id: 'c', reason: 'it needs b, which was skipped', isLost: true }]);
    scheduler.end('c', 'skipped');
    expect(scheduler.isOver).toBe(true);
  });

  it.each([
    { ends: ['skipped'], join: 'all' as const, isLost: false },
    { ends: ['skipped', 'failed'], join: 'all' as const, isLost: true },
    { ends: ['skipped', 'skipped'], join: 'any' as const, isLost: false },
    { ends: ['skipped', 'cancelled'], join: 'any' as const, isLost: true },
    { ends: ['compensated'], join: 'all' as const, isLost: true },
  ])('says of what needs $join of $ends, and of what needs that, that work is missing: $isLost', (given) => {
    const scheduler = schedulerOf([
      task('a'),
      task('b'),
      task('c', ['a', 'b'], { join: given.join }),
      task('d', ['c']),
    ]);
    for (const [index, status] of given.ends.entries()) scheduler.end('ab'[index]!, status as 'skipped');
    expect(scheduler.next().skip).toMatchObject([{ id: 'c', isLost: given.isLost }]);
    scheduler.end('c', 'skipped');
    expect(scheduler.next().skip).toMatchObject([{ id: 'd', isLost: given.isLost }]);
  });

  it('says that no work is missing when a person gave up what a task needs', () => {
    const scheduler = schedulerOf([task('a'), task('b', ['a'])]);
    scheduler.skip('a');
    expect(scheduler.next().skip).toEqual([{ id: 'b', reason: 'it needs a, which was skipped', isLost: false }]);
  });

  it.each([
    { join: 'any' as const, ends: ['failed', 'succeeded'], gives: 'start' },
    {
      join: 'any' as const,
      ends: ['failed', 'failed', 'failed'],
      gives: 'it needs 1 of 3: a failed, b failed, c failed',
    },
    { join: { quorum: 2 }, ends: ['succeeded', 'failed'], gives: 'nothing' },
    { join: { quorum: 2 }, ends: ['succeeded', 'reused'], gives: 'start' },
    { join: { quorum: 2 }, ends: ['failed', 'cancelled'], gives: 'it needs 2 of 3: a failed, b was cancelled' },
    { join: 'all' as const, ends: ['compensated'], gives: 'it needs a, which was undone' },
  ])('joins $join after $ends with: $gives', ({ join, ends, gives }) => {
    const scheduler = schedulerOf([task('a'), task('b'), task('c'), task('last', ['a', 'b', 'c'], { join })]);
    for (const [index, status] of ends.entries()) scheduler.end('abc'[index]!, status as 'succeeded');
    const { start, skip } = scheduler.next();
    const started = start.some(({ id }) => id === 'last') ? 'start' : 'nothing';
    expect(skip[0]?.reason ?? started).toBe(gives);
  });

  it('takes a failure for a success where it may go on', () => {
    const scheduler = schedulerOf([
      task('a', [], { continueOnError: true }),
      task('b', ['a']),
      task('c'),
      { ...task('d'), dependsOn: [edge('c', { on: 'any_end' })] },
    ]);
    endAll(scheduler, ['a', 'c'], 'failed');
    expect(starts(scheduler)).toEqual(['b', 'd']);
    expect(scheduler.status('a')).toBe('failed');
  });

  it('waits for the end of implied dependencies, whatever the join says', () => {
    const dependsOn = [edge('a'), edge('b'), edge('before', { from: 'context' })];
    const scheduler = schedulerOf([task('a'), task('b'), task('before'), { ...task('c'), dependsOn, join: 'any' }]);
    endAll(scheduler, ['a']);
    expect(starts(scheduler)).toEqual(['b', 'before']);
    endAll(scheduler, ['before'], 'failed');
    expect(starts(scheduler)).toEqual(['b', 'c']);
  });

  it('opens a phase when all those before have ended, failed or not', () => {
    const scheduler = schedulerOf(
      [task('a', [], { phase: 0 }), task('b', [], { phase: 1, afterPhase: 0 }), task('c', [], { afterPhase: 1 })],
      { max: [null, null] },
    );
    expect(starts(scheduler)).toEqual(['a']);
    endAll(scheduler, ['a'], 'failed');
    expect(starts(scheduler)).toEqual(['b']);
    endAll(scheduler, ['b']);
    expect(starts(scheduler)).toEqual(['c']);
  });

  it('prefers priority, then the longest way to the end, then the order of the plan', () => {
    const scheduler = schedulerOf([
      task('plain'),
      task('same'),
      task('head', [], { weightMs: 5 }),
      task('tail', ['head'], { weightMs: 5 }),
      task('long', [], { weightMs: 7 }),
      task('urgent', [], { priority: 10 }),
      task('late', [], { priority: 1, weightMs: 99 }),
    ]);
    expect(starts(scheduler)).toEqual(['urgent', 'head', 'long', 'plain', 'same', 'late']);
  });

  it('gives back the slot of what waits, and keeps its files', () => {
    const scheduler = schedulerOf(
      [task('a', [], { filesScope: ['src/**'] }), task('b', [], { filesScope: ['src/x.ts'] }), task('c')],
      { maxParallel: 1 },
    );
    scheduler.begin('a');
    expect(starts(scheduler)).toEqual([]);
    scheduler.wait('a', true);
    expect(scheduler.runningCount).toBe(0);
    expect(scheduler.status('a')).toBe('waiting');
    expect(starts(scheduler)).toEqual(['c']);
    scheduler.end('a', 'succeeded');
    expect(starts(scheduler)).toEqual(['b']);
  });

  it('gives up the first of tasks that wait for each other, so that the run ends', () => {
    const scheduler = schedulerOf([task('a', ['b']), task('b', ['a']), task('gone', ['nobody'])]);
    expect(scheduler.next().skip).toEqual([
      { id: 'gone', reason: 'it needs nobody, which is not there', isLost: true },
    ]);
    scheduler.end('gone', 'skipped');
    expect(scheduler.next().skip).toEqual([{ id: 'a', reason: 'it waits for tasks that wait for it', isLost: true }]);
    scheduler.end('a', 'skipped');
    expect(scheduler.next().skip).toEqual([{ id: 'b', reason: 'it needs a, which was skipped', isLost: true }]);
  });

  it('does not begin what a person has skipped meanwhile', () => {
    const scheduler = schedulerOf([task('a')]);
    expect(starts(scheduler)).toEqual(['a']);
    expect(scheduler.skip('a')).toEqual(['a']);
    expect(scheduler.begin('a')).toBe(false);
    expect(scheduler.end('a', 'succeeded')).toBe(false);
    expect(scheduler.status('a')).toBe('skipped');
    expect(() => scheduler.begin('nobody')).toThrow('there is no task nobody');
  });

  it('has tasks done anew, with what was given up because of them', () => {
    const scheduler = schedulerOf([task('a'), task('b', ['a']), task('c', ['b']), task('other')]);
    endAll(scheduler, ['a'], 'failed');
    scheduler.end('b', 'skipped');
    scheduler.end('c', 'skipped');
    endAll(scheduler, ['other']);
    expect(scheduler.descendants('a')).toEqual(['a', 'b', 'c']);
    expect(scheduler.reset(['a'])).toEqual(['a', 'b', 'c']);
    expect(scheduler.isOver).toBe(false);
    expect(scheduler.next().start).toEqual([{ id: 'a', task: 'a', item: null, iteration: 1, epoch: 1 }]);
    endAll(scheduler, ['a']);
    expect(starts(scheduler)).toEqual(['b']);
    expect(scheduler.status('other')).toBe('succeeded');
  });

  it('holds back what has not begun when its dependency is done anew', () => {
    const scheduler = schedulerOf([task('a', [], { phase: 0 }), task('b', ['a']), task('c', [], { afterPhase: 0 })], {
      max: [null],
    });
    endAll(scheduler, ['a']);
    expect(starts(scheduler)).toEqual(['b', 'c']);
    scheduler.reset(['a']);
    expect(starts(scheduler)).toEqual(['a']);
    expect(scheduler.descendants('a')).toEqual(['a', 'b', 'c']);
  });
});

describe('hasEnded', () => {
  it.each(
    [
      ['succeeded', 'failed', 'skipped', 'cancelled', 'reused', 'compensated'].map((status) => ({
        status,
        ended: true,
      })),
      ['pending', 'ready', 'running', 'waiting'].map((status) => ({ status, ended: false })),
    ].flat(),
  )('says $ended of $status', ({ status, ended }) => {
    expect(hasEnded(status as 'pending')).toBe(ended);
  });
});
