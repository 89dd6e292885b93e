import type { TaskStatus } from '../../../src/domain/run/run-result.ts';
import type { InstanceStatus, SchedulablePlan, SchedulableTask } from '../../../src/domain/scheduling/scheduler.ts';
import { Scheduler } from '../../../src/domain/scheduling/scheduler.ts';
import { fc } from '../base/properties.ts';

/** A plan of any shape, rings through phases included; tasks depend on earlier ones only. */
export const anyPlan: fc.Arbitrary<SchedulablePlan> = fc
  .record({
    strictSkips: fc.boolean(),
    phases: fc.array(fc.record({ repeat: fc.option(fc.record({ max: fc.integer({ min: 1, max: 3 }) })) }), {
      maxLength: 3,
    }),
    drafts: fc.array(
      fc.record({
        phase: fc.option(fc.nat()),
        waits: fc.array(
          fc.record({
            task: fc.nat(),
            on: fc.constantFrom('all_success', 'any_end'),
            from: fc.constantFrom('explicit', 'explicit', 'context'),
          }),
          { maxLength: 3 },
        ),
        join: fc.constantFrom('all' as const, 'all' as const, 'any' as const, { quorum: 2 }),
        continueOnError: fc.boolean(),
        priority: fc.constantFrom(1, 5, 5, 10),
        filesScope: fc.constantFrom<string[]>([], [], ['src/**'], ['src/a/*.ts'], ['docs'], ['src/${{ item }}/**']),
        forEach: fc.option(fc.record({ size: fc.option(fc.integer({ min: 1, max: 3 })) }), { freq: 3 }),
        repeat: fc.option(fc.record({ max: fc.integer({ min: 1, max: 3 }) }), { freq: 3 }),
        weightMs: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ phases, drafts, strictSkips }) => ({
    phases,
    strictSkips,
    tasks: drafts.map((draft, index) => toTask(draft, index, phases.length)),
  }));

type Draft = Omit<SchedulableTask, 'id' | 'phase' | 'dependsOn'> & {
  phase: number | null;
  waits: { task: number; on: 'all_success' | 'any_end'; from: 'explicit' | 'context' }[];
};

function toTask({ phase, waits, ...options }: Draft, index: number, phaseCount: number): SchedulableTask {
  const own = phase === null || phaseCount === 0 ? null : phase % phaseCount;
  const dependsOn = index === 0 ? [] : waits.map((edge) => ({ ...edge, task: `t${edge.task % index}` }));
  return { ...options, id: `t${index}`, phase: own, dependsOn, afterPhase: own === null || own === 0 ? null : own - 1 };
}

/** One thing that happens to a run. */
export type Happening =
  | { kind: 'begin'; id: string }
  | { kind: 'skip task'; id: string }
  | { kind: 'reset'; ids: string[] }
  | { kind: 'end'; id: string; status: TaskStatus }
  | { kind: 'wait'; id: string; isWaiting: boolean }
  | { kind: 'expand'; id: string; width: number }
  | { kind: 'loop'; loop: { task: string } | { phase: number }; isOver: boolean }
  | { kind: 'add'; tasks: SchedulableTask[]; parent: string | null };

/** Tells the scheduler what happened. */
export function tell(scheduler: Scheduler, what: Happening): void {
  if (what.kind === 'begin') scheduler.begin(what.id);
  else if (what.kind === 'end') scheduler.end(what.id, what.status);
  else if (what.kind === 'wait') scheduler.wait(what.id, what.isWaiting);
  else if (what.kind === 'expand') scheduler.expand(what.id, what.width);
  else if (what.kind === 'loop') scheduler.loopEnded(what.loop, what.isOver);
  else if (what.kind === 'skip task') scheduler.skip(what.id);
  else if (what.kind === 'reset') scheduler.reset(what.ids);
  else scheduler.add(what.tasks, what.parent);
}

/** Whole numbers that follow from a seed, evenly spread below a bound. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** How a random run goes. `meddling`: people skip, do anew and add, some times; then they leave it alone. */
export interface Drive {
  plan: SchedulablePlan;
  seed: number;
  maxParallel: number;
  meddling: number;
  /** Called with each thing that happens, before the scheduler is told. */
  before?: (what: Happening, scheduler: Scheduler) => void;
  /** Called after the scheduler was told. */
  after?: (what: Happening, scheduler: Scheduler) => void;
}

/** Runs a plan to its end, with outcomes and an order of ends that follow from the seed; returns all that happened. */
export function drive({ plan, seed, maxParallel, meddling, before, after }: Drive): Happening[] {
  const scheduler = new Scheduler(plan, { maxParallel });
  const pick = numbersFrom(seed);
  const story: Happening[] = [];
  const isWide = new Set(plan.tasks.filter(({ forEach }) => forEach).map(({ id }) => id));
  let left = meddling;
  while (!scheduler.isOver || left > 0) {
    if (story.length > 5000) throw new Error('the run does not come to an end');
    const choices = choicesOf(scheduler, isWide, pick);
    const meddle = left > 0 && (choices.length === 0 || pick(4) === 0);
    if (meddle) left--;
    const what = meddle ? meddlingOf(scheduler, left, pick) : choices[pick(choices.length)];
    if (!what) throw new Error('nothing can happen, and the run is not over');
    if (what.kind === 'add') for (const { id, forEach } of what.tasks) if (forEach) isWide.add(id);
    before?.(what, scheduler);
    tell(scheduler, what);
    story.push(what);
    after?.(what, scheduler);
  }
  return story;
}

function choicesOf(scheduler: Scheduler, isWide: ReadonlySet<string>, pick: (below: number) => number): Happening[] {
  const { start, skip, loops } = scheduler.next();
  const choices: Happening[] = skip.map(({ id }) => ({ kind: 'end', id, status: 'skipped' }));
  for (const { loop } of loops) choices.push({ kind: 'loop', loop, isOver: pick(3) === 0 });
  for (const { id, task, item } of start) {
    if (item === null && isWide.has(task)) choices.push({ kind: 'expand', id: task, width: pick(5) });
    else choices.push({ kind: 'begin', id });
  }
  const ends = ['succeeded', 'succeeded', 'succeeded', 'failed', 'skipped', 'cancelled', 'reused'] as const;
  for (const { id, status } of scheduler.instances()) {
    if (status !== 'running' && status !== 'waiting') continue;
    choices.push({ kind: 'end', id, status: ends[pick(ends.length)]! });
    if (pick(4) === 0) choices.push({ kind: 'wait', id, isWaiting: status === 'running' });
  }
  return choices;
}

function meddlingOf(scheduler: Scheduler, count: number, pick: (below: number) => number): Happening {
  const known = scheduler.instances();
  const any = (): InstanceStatus => known[pick(known.length)]!;
  const { id, task } = any();
  const kind = pick(3);
  if (kind === 0) return { kind: 'skip task', id: task };
  if (kind === 1) return { kind: 'reset', ids: Array.from({ length: 1 + pick(3) }, () => any().task) };
  const on = pick(2) === 0 ? ('all_success' as const) : ('any_end' as const);
  const after = (other: string): SchedulableTask['dependsOn'] => [{ task: other, on, from: 'explicit' }];
  const options: Partial<SchedulableTask> = {};
  if (pick(3) === 0) options.forEach = { size: null };
  if (pick(3) === 0) options.repeat = { max: 2 };
  const first = { id: `added-${count}`, phase: null, dependsOn: pick(3) === 0 ? after(any().task) : [], ...options };
  const second = { id: `added-${count}-b`, phase: null, dependsOn: after(first.id) };
  return { kind: 'add', tasks: [first, second], parent: pick(3) === 0 ? null : id };
}
