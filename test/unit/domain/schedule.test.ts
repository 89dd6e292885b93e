import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SchedulablePlan, SchedulableTask } from '../../../src/domain/schedule.ts';
import { hasEnded, schedule } from '../../../src/domain/schedule.ts';
import type { TaskStatus } from '../../../src/domain/run-result.ts';

const phase = { name: 'p', executionMode: 'parallel' } as const;

function toTask(id: string, overrides: Partial<SchedulableTask> = {}): SchedulableTask {
  return { id, phase: null, dependsOn: [], afterPhase: null, ...overrides };
}

function toPlan(tasks: SchedulableTask[], maxParallel = 10): SchedulablePlan {
  return { tasks, phases: [phase, phase, phase], limits: { maxParallel } };
}

const randomPlan = fc
  .record({
    size: fc.integer({ min: 1, max: 25 }),
    maxParallel: fc.integer({ min: 1, max: 5 }),
    picks: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  })
  .map(({ size, maxParallel, picks }) => {
    const tasks = Array.from({ length: size }, (_, index) => {
      const pick = (slot: number) => picks[(index * 3 + slot) % picks.length]!;
      const on = pick(1) % 2 ? ('any_end' as const) : ('all_success' as const);
      const dependsOn =
        index > 0 && pick(0) % 3 ? [{ task: `t${pick(2) % index}`, on, from: 'explicit' as const }] : [];
      return toTask(`t${index}`, { dependsOn });
    });
    return toPlan(tasks, maxParallel);
  });

describe('schedule', () => {
  it('starts a phase only when the one before has ended, failed or not', () => {
    const plan = toPlan([
      toTask('a', { phase: 0 }),
      toTask('b', { phase: 0 }),
      toTask('c', { phase: 1, afterPhase: 0 }),
    ]);
    expect(schedule(plan, new Map()).start).toEqual(['a', 'b']);
    expect(
      schedule(
        plan,
        new Map([
          ['a', 'failed'],
          ['b', 'running'],
        ]),
      ).start,
    ).toEqual([]);
    expect(
      schedule(
        plan,
        new Map([
          ['a', 'failed'],
          ['b', 'succeeded'],
        ]),
      ).start,
    ).toEqual(['c']);
  });

  it('skips what needs the success of a task that failed, naming it', () => {
    const plan = toPlan([
      toTask('a'),
      toTask('b', { dependsOn: [{ task: 'a', on: 'all_success', from: 'explicit' }] }),
    ]);
    expect(schedule(plan, new Map([['a', 'failed']])).skip).toEqual([
      { taskId: 'b', reason: 'it needs a, which failed' },
    ]);
  });

  it('runs every task of any graph to exactly one end, in order and within the limit', () => {
    fc.assert(
      fc.property(randomPlan, fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), (plan, dice) => {
        const statuses = new Map<string, TaskStatus>();
        const ends = new Map<string, number>();
        let die = 0;
        const end = (id: string, status: TaskStatus) => {
          statuses.set(id, status);
          ends.set(id, (ends.get(id) ?? 0) + 1);
        };
        for (let round = 0; round < 500; round++) {
          const step = schedule(plan, statuses);
          for (const { taskId } of step.skip) end(taskId, 'skipped');
          for (const id of step.start) {
            const { dependsOn } = plan.tasks.find((task) => task.id === id)!;
            expect(dependsOn.every((edge) => hasEnded(statuses.get(edge.task) ?? 'pending'))).toBe(true);
            statuses.set(id, 'running');
          }
          const running = [...statuses].filter(([, status]) => status === 'running').map(([id]) => id);
          expect(running.length).toBeLessThanOrEqual(plan.limits.maxParallel);
          if (running.length === 0 && step.skip.length === 0) break;
          if (running.length > 0) {
            const roll = dice[die++ % dice.length]!;
            end(running[roll % running.length]!, roll % 4 ? 'succeeded' : 'failed');
          }
        }
        expect(plan.tasks.map((task) => ends.get(task.id))).toEqual(plan.tasks.map(() => 1));
      }),
    );
  });
});
