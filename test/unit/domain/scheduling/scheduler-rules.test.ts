import { describe, expect, it } from 'vitest';
import { scopesOverlap } from '../../../../src/domain/plan/glob-overlap.ts';
import { parseInstanceId } from '../../../../src/domain/ids/execution-id.ts';
import type {
  SchedulablePlan,
  SchedulableTask,
  SchedulerSnapshot,
} from '../../../../src/domain/scheduling/scheduler.ts';
import { hasEnded, Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';
import type { Happening } from '../../../support/plan/scheduler-driver.ts';
import { anyPlan, drive, tell } from '../../../support/plan/scheduler-driver.ts';
import { fc, runs } from '../../../support/base/properties.ts';

const anyRun = fc.record({
  plan: anyPlan,
  seed: fc.integer(),
  maxParallel: fc.integer({ min: 1, max: 4 }),
  meddling: fc.integer({ min: 0, max: 8 }),
});

const undisturbed = anyRun.map((run) => ({ ...run, meddling: 0 }));

/** What the design says of when a task may start, word for word. */
function mayStart({ tasks, phases }: SchedulablePlan, task: SchedulableTask, scheduler: Scheduler): boolean {
  const asked = scheduler.next().loops.map(({ loop }) => ('phase' in loop ? loop.phase : null));
  const isOpen = (phase: number) =>
    asked.includes(phase) || tasks.some((each) => each.phase === phase && !hasEnded(scheduler.status(each.id)));
  const byId = new Map(tasks.map((each) => [each.id, each]));
  const hasSettled = (id: string) => {
    const { phase } = byId.get(id)!;
    const loops = phase !== null && phase !== task.phase && phases[phase]!.repeat !== null;
    return hasEnded(scheduler.status(id)) && !(loops && isOpen(phase));
  };
  const isMet = ({ task: id, on }: SchedulableTask['dependsOn'][number]) => {
    const status = scheduler.status(id);
    const isGood =
      status === 'succeeded' || status === 'reused' || (status === 'failed' && byId.get(id)!.continueOnError);
    return hasSettled(id) && (on === 'any_end' || isGood);
  };
  const explicit = task.dependsOn.filter(({ from }) => from === 'explicit');
  const met = explicit.filter(isMet).length;
  const join = task.join ?? 'all';
  const needed = join === 'all' ? explicit.length : join === 'any' ? Math.min(1, explicit.length) : join.quorum;
  const isPhaseOpen = phases.some((_, phase) => phase <= (task.afterPhase ?? -1) && isOpen(phase));
  const implied = task.dependsOn.filter(({ from }) => from !== 'explicit');
  return met >= needed && !isPhaseOpen && implied.every((edge) => hasSettled(edge.task));
}

function atWork(scheduler: Scheduler): { id: string; task: string }[] {
  return scheduler.instances().filter(({ status }) => status === 'running' || status === 'waiting');
}

/** All that a scheduler says: plain JSON, and as a text it is compared quickly. */
function viewOf(scheduler: Scheduler): string {
  return JSON.stringify([scheduler.next(), scheduler.instances()]);
}

describe('Scheduler, whatever the plan and the outcomes', () => {
  it('starts exactly what its dependencies allow', () => {
    fc.assert(
      fc.property(undisturbed, (run) => {
        const byId = new Map(run.plan.tasks.map((task) => [task.id, task]));
        const after = (_: Happening, scheduler: Scheduler) => {
          for (const { id } of run.plan.tasks) {
            if (['pending', 'ready'].includes(scheduler.status(id))) {
              expect(`${id} ${scheduler.status(id) === 'ready'}`).toBe(
                `${id} ${mayStart(run.plan, byId.get(id)!, scheduler)}`,
              );
            }
          }
        };
        drive({ ...run, after });
      }),
    );
  });

  it('never runs more than allowed, nor two that write the same files, nor more items than a for_each may', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const byId = new Map(run.plan.tasks.map((task) => [task.id, task]));
        const before = (what: Happening, scheduler: Scheduler) => {
          if (what.kind !== 'begin') return;
          expect(scheduler.runningCount).toBeLessThan(run.maxParallel);
          const task = byId.get(parseInstanceId(what.id).task);
          const others = atWork(scheduler);
          const same = others.filter((other) => other.task === task?.id);
          expect(same.length).toBeLessThan(task?.forEach?.size ?? Infinity);
          for (const other of others) {
            const [mine, theirs] = [task?.filesScope ?? [], byId.get(other.task)?.filesScope ?? []];
            const isOwnPerItem = other.task === task?.id && mine.every((glob) => glob.includes('${{'));
            if (!isOwnPerItem) expect(scopesOverlap(mine, theirs)).toBe(false);
          }
        };
        drive({ ...run, before });
      }),
    );
  });

  it('brings every task to exactly one end, with loops that are bounded', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const ended = new Set<string>();
        const before = (what: Happening) => {
          if (what.kind === 'reset') ended.clear();
          if (what.kind !== 'end') return;
          expect(ended).not.toContain(what.id);
          ended.add(what.id);
        };
        let last: Scheduler | undefined;
        drive({ ...run, before, after: (_, scheduler) => void (last = scheduler) });
        for (const { id, status, task, iteration } of last?.instances() ?? []) {
          expect(`${id} ${hasEnded(status)}`).toBe(`${id} true`);
          const planned = run.plan.tasks.find((each) => each.id === task);
          const rounds = (planned?.repeat?.max ?? 1) * (run.plan.phases[planned?.phase ?? -1]?.repeat?.max ?? 1);
          // A person who does a task anew while its loop is asked for adds no iteration.
          if (planned) expect(iteration).toBeLessThanOrEqual(rounds);
        }
      }),
    );
  });

  it('decides alike for the same story, asked once or often, and after being saved at any time', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (run, savedAt) => {
        const story = drive(run);
        let twin = new Scheduler(run.plan, run);
        const whole = new Scheduler(run.plan, run);
        for (const [index, what] of story.entries()) {
          if (index === savedAt % story.length) {
            twin = Scheduler.from(JSON.parse(JSON.stringify(twin)) as SchedulerSnapshot);
          }
          const view = viewOf(whole);
          expect([viewOf(twin), viewOf(whole)]).toEqual([view, view]);
          for (const scheduler of [twin, whole]) tell(scheduler, what);
        }
        expect(twin.isOver).toBe(true);
        expect(JSON.stringify(twin)).toBe(JSON.stringify(whole));
        expect(viewOf(twin)).toBe(viewOf(whole));
      }),
      runs(200),
    );
  });
});

describe('Scheduler with many tasks', () => {
  function stepsFor(count: number): number {
    const width = 100;
    const tasks = Array.from({ length: count }, (_, index): SchedulableTask => {
      const layer = Math.floor(index / width);
      const waits = layer === 0 ? [] : [0, 37, 61].map((shift) => (layer - 1) * width + ((index + shift) % width));
      const dependsOn = waits.map((other) => ({
        task: `t${other}`,
        on: 'all_success' as const,
        from: 'explicit' as const,
      }));
      return { id: `t${index}`, phase: null, dependsOn, filesScope: index % 4 ? [] : [`src/m${index % 20}/**`] };
    });
    const scheduler = new Scheduler({ tasks, phases: [] }, { maxParallel: 50 });
    let ended = 0;
    const running: string[] = [];
    while (!scheduler.isOver) {
      for (const { id } of scheduler.next().start) {
        scheduler.begin(id);
        running.push(id);
      }
      scheduler.end(running.shift()!, 'succeeded');
      ended++;
    }
    expect(ended).toBe(count);
    return scheduler.steps;
  }

  it('takes about as many steps per task for 10,000 as for 1,000', () => {
    expect(stepsFor(10_000) / 10_000).toBeLessThan(1.3 * (stepsFor(1_000) / 1_000));
  });

  it('takes linear steps for one task that waits for 10,000, and for 10,000 that wait for one', () => {
    const stepsOf = (count: number) => {
      const edge = (task: string) => ({ task, on: 'all_success' as const, from: 'explicit' as const });
      const first = { id: 'first', phase: null, dependsOn: [] };
      const middle = Array.from({ length: count }, (_, index) => {
        return { id: `m${index}`, phase: null, dependsOn: [edge('first')], filesScope: ['src/**'] };
      });
      const last = { id: 'last', phase: null, dependsOn: middle.map(({ id }) => edge(id)) };
      const scheduler = new Scheduler({ tasks: [first, ...middle, last], phases: [] }, { maxParallel: 50 });
      while (!scheduler.isOver) {
        for (const { id } of scheduler.next().start) {
          scheduler.begin(id);
          scheduler.end(id, 'succeeded');
        }
      }
      return scheduler.steps / count;
    };
    // A place in the queue costs a few comparisons more in a longer one.
    expect(stepsOf(10_000)).toBeLessThan(1.6 * stepsOf(1_000));
  });
});
