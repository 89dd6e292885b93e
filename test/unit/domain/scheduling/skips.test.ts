import { describe, expect, it } from 'vitest';
import { endOfRun } from '../../../../src/domain/run/run-end.ts';
import type { TaskStatus } from '../../../../src/domain/run/run-result.ts';
import type { SchedulableTask } from '../../../../src/domain/scheduling/scheduler.ts';
import { Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';
import { fc, runs } from '../../../support/base/properties.ts';

/** What will become of a task that may start: its condition is false, its list has these ends, or it ends like that. */
type Fate = 'left out' | 'succeeded' | 'failed' | ('succeeded' | 'failed')[];

interface Told {
  task: SchedulableTask;
  fate: Fate;
}

/** How a task ended. `isMissing`: the run is not whole without it. */
interface End {
  status: TaskStatus;
  isMissing: boolean;
}

const ends = fc.constantFrom('succeeded' as const, 'succeeded' as const, 'failed' as const);
const fates = fc.oneof(
  { weight: 3, arbitrary: ends },
  { weight: 2, arbitrary: fc.constant('left out' as const) },
  { weight: 2, arbitrary: fc.array(ends, { maxLength: 3 }) },
);
const anyGraph: fc.Arbitrary<Told[]> = fc
  .array(
    fc.record({
      waits: fc.array(fc.record({ task: fc.nat(), on: fc.constantFrom('all_success' as const, 'any_end' as const) }), {
        maxLength: 3,
      }),
      join: fc.constantFrom('all' as const, 'all' as const, 'any' as const, { quorum: 2 }),
      continueOnError: fc.boolean(),
      fate: fates,
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((drafts) =>
    drafts.map(({ waits, fate, ...options }, index) => {
      const names = new Map(index === 0 ? [] : waits.map(({ task, on }) => [`t${task % index}`, on]));
      const dependsOn = [...names].map(([task, on]) => ({ task, on, from: 'explicit' as const }));
      const forEach = Array.isArray(fate) ? { size: null } : null;
      return { task: { ...options, id: `t${index}`, phase: null, dependsOn, forEach }, fate };
    }),
  );

/** What docs/workflow-file.md and decision 0011 say, word for word. */
function expected(graph: readonly Told[]): Map<string, End> {
  const found = new Map<string, End>();
  const tasks = new Map(graph.map(({ task }) => [task.id, task]));
  for (const { task, fate } of graph) {
    const isMet = ({ task: id, on }: SchedulableTask['dependsOn'][number]): boolean => {
      const { status } = found.get(id)!;
      return on === 'any_end' || status === 'succeeded' || (status === 'failed' && tasks.get(id)!.continueOnError!);
    };
    const { dependsOn, join } = task;
    const met = dependsOn.filter(isMet).length;
    const needed =
      join === 'any' ? Math.min(1, dependsOn.length) : typeof join === 'object' ? join.quorum : dependsOn.length;
    found.set(task.id, met >= needed ? endOf(fate) : { status: 'skipped', isMissing: true });
  }
  return found;
}

function endOf(fate: Fate): End {
  if (fate === 'left out' || fate.length === 0) return { status: 'skipped', isMissing: false };
  const isFailed = fate === 'failed' || fate.includes('failed');
  return isFailed ? { status: 'failed', isMissing: true } : { status: 'succeeded', isMissing: false };
}

/** Plays a graph through as a run does, saved and restored now and then. */
function played(
  graph: readonly Told[],
  { seed, strictSkips }: { seed: number; strictSkips: boolean },
): Map<string, End> {
  const fateOf = new Map(graph.map(({ task, fate }) => [task.id, fate]));
  const found = new Map<string, End>();
  let scheduler = new Scheduler({ tasks: graph.map(({ task }) => task), phases: [], strictSkips }, { maxParallel: 3 });
  for (let round = 0; !scheduler.isOver; round++) {
    if (round > 500) throw new Error('the run does not come to an end');
    if ((seed + round) % 3 === 0) scheduler = Scheduler.from(JSON.parse(JSON.stringify(scheduler.toJSON())));
    const { start, skip } = scheduler.next();
    for (const { id, isLost } of skip) {
      found.set(id, { status: 'skipped', isMissing: isLost });
      scheduler.end(id, 'skipped');
    }
    const next = start[(seed + round) % Math.max(1, start.length)];
    if (!next) continue;
    const fate = fateOf.get(next.task)!;
    if (fate === 'left out') scheduler.end(next.id, 'skipped');
    else if (Array.isArray(fate) && next.item === null) scheduler.expand(next.task, fate.length);
    else {
      scheduler.begin(next.id);
      scheduler.end(next.id, Array.isArray(fate) ? fate[next.item!]! : fate);
    }
  }
  for (const { task, fate } of graph) {
    const status = scheduler.status(task.id);
    if (!found.has(task.id))
      found.set(task.id, { status, isMissing: status === 'failed' || (status === 'skipped' && endOf(fate).isMissing) });
  }
  return found;
}

function runEnd(ended: ReadonlyMap<string, End>): string {
  const results = [...ended].map(([id, { status, isMissing }]) => [id, { status, error: isMissing ? 'why' : null }]);
  return endOfRun(Object.fromEntries(results) as Parameters<typeof endOfRun>[0], null).status;
}

describe('a task that is skipped', () => {
  it('leaves what needs it out as missing, whatever the joins, lists and conditions', () => {
    fc.assert(
      fc.property(anyGraph, fc.nat(1000), (graph, seed) => {
        const ended = played(graph, { seed, strictSkips: true });
        const wanted = expected(graph);
        expect(Object.fromEntries(ended)).toEqual(Object.fromEntries(wanted));
        expect(runEnd(ended)).toBe(runEnd(wanted));
      }),
      runs(400),
    );
  });

  const task = (id: string, fate: Fate, ...waits: string[]): Told => {
    const dependsOn = waits.map((each) => ({ task: each, on: 'all_success' as const, from: 'explicit' as const }));
    return { fate, task: { id, phase: null, dependsOn, forEach: Array.isArray(fate) ? { size: null } : null } };
  };
  const branches = [task('a', 'succeeded'), task('b', 'left out'), task('join', 'succeeded', 'a', 'b')];
  const empty = [task('a', 'succeeded'), task('none', []), task('after', 'succeeded', 'none')];

  it.each([
    ['a branch', branches, 'join'],
    ['an empty list', empty, 'after'],
  ])('makes a run partial whose join waits for %s', (_, graph, missing) => {
    const ended = played(graph, { seed: 1, strictSkips: true });
    expect(ended.get(missing)).toEqual({ status: 'skipped', isMissing: true });
    expect(runEnd(ended)).toBe('partial');
  });

  it('is taken as it was by a run that was started before', () => {
    expect(played(branches, { seed: 1, strictSkips: false }).get('join')).toEqual({
      status: 'skipped',
      isMissing: false,
    });
    expect(played(empty, { seed: 1, strictSkips: false }).get('after')).toEqual({
      status: 'succeeded',
      isMissing: false,
    });
  });
});
