import { describe, expect, it } from 'vitest';
import type { SchedulableTask } from '../../../../src/domain/scheduling/scheduler.ts';
import { Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';
import type { SlotRules } from '../../../../src/domain/scheduling/slots.ts';
import { fc, runs } from '../../../support/base/properties.ts';

function task(id: string, more: Partial<SchedulableTask> = {}): SchedulableTask {
  return { id, phase: null, dependsOn: [], ...more };
}

function schedulerOf(tasks: SchedulableTask[], slots: SlotRules, maxParallel = 10): Scheduler {
  return new Scheduler({ tasks, phases: [], slots }, { maxParallel });
}

function begin(scheduler: Scheduler): string[] {
  const ids = scheduler.next().start.map(({ id }) => id);
  for (const id of ids) scheduler.begin(id);
  return ids;
}

describe('tasks of an agent that is bounded', () => {
  const tasks = [task('a', { agent: 'coder' }), task('b', { agent: 'coder' }), task('c', { agent: 'writer' })];

  it('run no more at once than it may have, and others go on', () => {
    const scheduler = schedulerOf(tasks, { concurrency: { coder: 1 } });
    expect(begin(scheduler)).toEqual(['a', 'c']);
    expect(begin(scheduler)).toEqual([]);
    scheduler.end('a', 'succeeded');
    expect(begin(scheduler)).toEqual(['b']);
  });

  it('give their place back while they wait for somebody', () => {
    const scheduler = schedulerOf(tasks, { concurrency: { coder: 1 } });
    begin(scheduler);
    scheduler.wait('a', true);
    expect(begin(scheduler)).toEqual(['b']);
  });

  it('are bounded item by item', () => {
    const scheduler = schedulerOf([task('all', { agent: 'coder', forEach: { size: null } })], {
      concurrency: { coder: 2 },
    });
    scheduler.expand('all', 5);
    expect(begin(scheduler)).toEqual(['all[0]', 'all[1]']);
  });
});

describe('a pool', () => {
  const pool = [
    { id: 'one', tracks: ['front'] },
    { id: 'two', tracks: ['back'] },
    { id: 'three', tracks: [] },
  ];

  it('does tasks of a track by its own members or by those without one, and others by whoever is idle', () => {
    const tasks = ['f1', 'f2', 'f3'].map((id) => task(id, { track: 'front' }));
    const scheduler = schedulerOf([...tasks, task('x'), task('lost', { track: 'nobody' })], { pool });
    expect(begin(scheduler)).toEqual(['f1', 'f2', 'x']);
    expect(['f1', 'f2', 'x'].map((id) => scheduler.memberOf(id))).toEqual(['one', 'three', 'two']);
    // The member of the other track is no help to this one.
    scheduler.end('x', 'succeeded');
    expect(begin(scheduler)).toEqual(['lost']);
    scheduler.end('f1', 'failed');
    expect(begin(scheduler)).toEqual(['f3']);
    expect(scheduler.memberOf('f3')).toBe('one');
    expect(scheduler.memberOf('f1')).toBeUndefined();
  });

  it('has a member at work until the end, also while that waits', () => {
    const scheduler = schedulerOf([task('a'), task('b')], { pool: [{ id: 'one', tracks: [] }] });
    begin(scheduler);
    scheduler.wait('a', true);
    expect(begin(scheduler)).toEqual([]);
    scheduler.end('a', 'succeeded');
    expect(begin(scheduler)).toEqual(['b']);
  });

  it('is the same after the run has gone on as new', () => {
    const tasks = [task('a', { track: 'front' }), task('b', { track: 'front' }), task('c')];
    const scheduler = schedulerOf(tasks, { pool, concurrency: { coder: 1 } });
    begin(scheduler);
    const copy = Scheduler.from(JSON.parse(JSON.stringify(scheduler)));
    expect(copy.memberOf('b')).toBe(scheduler.memberOf('b'));
    expect(copy.toJSON()).toEqual(scheduler.toJSON());
    copy.end('b', 'succeeded');
    expect(copy.next()).toEqual((scheduler.end('b', 'succeeded'), scheduler.next()));
  });

  it('never has more at work than members, each for one of its tracks, and comes to an end', () => {
    const anyTrack = fc.constantFrom('x', 'y', 'z', null);
    const anyMember = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 2 });
    const anyCase = fc.record({
      tasks: fc.array(fc.record({ track: anyTrack, agent: fc.constantFrom('a', 'b') }), {
        minLength: 1,
        maxLength: 12,
      }),
      members: fc.array(anyMember, { minLength: 1, maxLength: 4 }),
      order: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
    });
    fc.assert(
      fc.property(anyCase, ({ tasks, members, order }) => {
        const all = tasks.map((more, index) => task(`t${index}`, more));
        const rules = { pool: members.map((tracks, index) => ({ id: `m${index}`, tracks })), concurrency: { a: 2 } };
        const scheduler = schedulerOf(all, rules);
        const owned = new Set(members.flat());
        const atWork: string[] = [];
        for (const choice of order) {
          atWork.push(...begin(scheduler));
          const busy = atWork.map((id) => scheduler.memberOf(id));
          expect(new Set(busy).size).toBe(atWork.length);
          expect(busy).not.toContain(undefined);
          for (const [at, id] of atWork.entries()) {
            const { track } = tasks[Number(id.slice(1))]!;
            const { tracks } = rules.pool.find((member) => member.id === busy[at])!;
            expect(track === null || tracks.length === 0 || tracks.includes(track) || !owned.has(track)).toBe(true);
          }
          expect(atWork.filter((id) => tasks[Number(id.slice(1))]!.agent === 'a').length).toBeLessThanOrEqual(2);
          if (atWork.length > 0) scheduler.end(atWork.splice(choice % atWork.length, 1)[0]!, 'succeeded');
        }
        expect(scheduler.isOver).toBe(true);
      }),
      runs(200),
    );
  });
});
