import { describe, expect, it } from 'vitest';
import type { Approval, Plan, PlanTask } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { analysePlan } from '../../../../src/domain/analysis/plan-analysis.ts';
import { agent, phase, plan, task } from '../../../support/plan/builders.ts';

const approval: Approval = {
  ...{ by: ['lead'], needed: 2, deadlineMs: null, remindMs: null, escalate: null, onTimeout: 'halt' },
};

function after(id: string, waits: string[], overrides: Partial<PlanTask> = {}): PlanTask {
  const dependsOn = waits.map((other) => ({ task: other, on: 'all_success' as const, from: 'explicit' as const }));
  return task({ id, dependsOn, ...overrides });
}

function limits(overrides: Partial<Plan['limits']>): Plan['limits'] {
  return { ...planDefaults.limits, usd: 100, ...overrides };
}

describe('analysePlan', () => {
  it('says waves, critical path and conflicts', () => {
    const tasks = [
      after('a', [], { filesScope: ['src/**'] }),
      after('b', ['a']),
      after('c', [], { filesScope: ['src/c.ts'] }),
    ];
    expect(analysePlan(plan({ tasks }), { weights: null })).toMatchObject({
      waves: [['a', 'c'], ['b']],
      criticalPath: { tasks: ['a', 'b'], totalMs: null },
      conflicts: [{ tasks: ['a', 'c'], globs: ['src/**', 'src/c.ts'] }],
      basis: 'limits',
      notes: [],
    });
  });

  it('says who does what, and what begins first', () => {
    const tasks = [
      after('a', [], { track: 'x' }),
      after('b', ['a'], { track: 'x' }),
      after('c', [], { track: 'x' }),
      after('d', []),
    ];
    const pool = [
      { id: 'one', tracks: ['x'] },
      { id: 'two', tracks: [] },
    ];
    expect(analysePlan(plan({ tasks, pool }), { weights: null }).crew).toEqual({
      independent: ['a', 'c', 'd'],
      // The longest way behind it first.
      first: [
        { task: 'a', member: 'one' },
        { task: 'c', member: 'two' },
      ],
      order: ['a', 'b', 'c', 'd'],
      tracks: [{ track: 'x', tasks: ['a', 'b', 'c'], longest: ['a', 'b'], members: ['one'] }],
      anyTrack: ['two'],
    });
  });

  it('spreads the ranges around what earlier runs took', () => {
    const tasks = [after('a', []), after('b', []), after('c', ['a'])];
    const took = { durationMs: 10_000, costUsd: 1 };
    const analysis = analysePlan(plan({ tasks, limits: limits({}) }), { weights: { a: took, b: took, c: took } });
    expect(analysis).toMatchObject({
      basis: 'history',
      criticalPath: { tasks: ['a', 'c'], totalMs: 20_000 },
      cost: { lowUsd: 1.8, highUsd: 5.4 },
      duration: { lowMs: 12_000, highMs: 36_000 },
    });
  });

  it('counts how much may run at once, and files that keep tasks apart', () => {
    const took = { durationMs: 1_000, costUsd: 0 };
    const weights = { a: took, b: took, c: took };
    const tasks = ['a', 'b', 'c'].map((id) => after(id, []));
    const lowMsOf = (overrides: Partial<Plan>) =>
      analysePlan(plan({ tasks, ...overrides }), { weights }).duration.lowMs;
    expect(lowMsOf({})).toBe(600);
    expect(lowMsOf({ limits: limits({ maxParallel: 2 }) })).toBe(1200);
    expect(lowMsOf({ tasks: tasks.map((each) => ({ ...each, filesScope: ['src'] })) })).toBe(1800);
  });

  it.each<{ name: string; overrides: Partial<Plan>; highUsd: number }>([
    { name: 'the run', overrides: { limits: limits({ usd: 0.01 }) }, highUsd: 0.01 },
    { name: 'tasks', overrides: { limits: limits({ perTask: { usd: 0.02, tokens: null } }) }, highUsd: 0.04 },
    {
      name: 'an agent',
      overrides: { limits: limits({ perAgent: { worker: { usd: 0.03, tokens: null } } }) },
      highUsd: 0.03,
    },
    { name: 'tokens', overrides: { limits: limits({ tokens: 1000 }) }, highUsd: 0.005 },
    {
      name: 'the turns',
      overrides: { limits: limits({}), agents: { worker: agent({ maxTurns: 1, system: '', tools: [] }) } },
      highUsd: 0.0102,
    },
  ])('bounds the cost by the limit of $name', ({ overrides, highUsd }) => {
    const tasks = [task({ id: 'a', prompt: '' }), task({ id: 'b', prompt: '' })];
    const { cost } = analysePlan(plan({ tasks, ...overrides }), { weights: null });
    expect(cost.highUsd).toBe(highUsd);
    expect(cost.lowUsd).toBeGreaterThan(0);
    expect(cost.lowUsd).toBeLessThanOrEqual(cost.highUsd);
  });

  it('bounds a phase by its own limit', () => {
    const phases = [{ ...phase('Build'), limits: { usd: 0.5, tokens: null } }];
    const tasks = [task({ id: 'a', phase: 0 }), task({ id: 'b', phase: 0 })];
    expect(analysePlan(plan({ phases, tasks, limits: limits({}) }), { weights: null }).cost.highUsd).toBe(0.5);
  });

  it('counts loops as often as they may run', () => {
    const once = plan({
      tasks: [task({ id: 'a', timeoutMs: 1000, retry: { maxAttempts: 1, backoffMs: 0 } })],
      limits: limits({}),
    });
    const repeat = { until: 'false', max: 3 };
    const looped = { ...once, tasks: once.tasks.map((each) => ({ ...each, repeat })) };
    const [one, three] = [once, looped].map((each) => analysePlan(each, { weights: null }));
    expect(three!.duration.highMs).toBe(3 * one!.duration.highMs);
    expect(three!.cost.highUsd).toBeCloseTo(3 * one!.cost.highUsd, 2);
  });

  it('says what nobody can know yet', () => {
    const tasks = [
      task({ id: 'each', forEach: { items: 'inputs.list', size: null } }),
      task({ id: 'split', decompose: true }),
      task({ id: 'maybe', when: 'inputs.deploy', approval: { ...approval, at: 'before', when: null } }),
    ];
    const agents = { worker: agent({ model: 'home-made' }) };
    const analysis = analysePlan(plan({ tasks, agents }), { weights: { split: { durationMs: 1, costUsd: 0 } } });
    expect(analysis.notes).toEqual([
      'how many items each will have is known only once the run is there',
      'what split will add is known only once the run is there',
      'there is no price for home-made: the cost leaves it out, and it is not free',
      'no earlier run had each, maybe: their part rests on prices and limits',
      'the duration leaves out how long people take to answer',
    ]);
    expect(analysis.duration.highMs).toBe(planDefaults.limits.timeoutMs);
    expect(analysis.cost).toEqual({ lowUsd: 0, highUsd: 0, isUncounted: true });
  });

  it('takes the limit of the run for a for_each whose width nobody knows', () => {
    const tasks = [task({ id: 'each', forEach: { items: 'inputs.list', size: null } })];
    expect(analysePlan(plan({ tasks, limits: limits({}) }), { weights: null }).cost).toEqual({
      lowUsd: 0,
      highUsd: 100,
    });
  });

  it('counts the items of a list that is written out, so many at once', () => {
    const once = { tasks: [task({ id: 'each' })], limits: { ...limits({}), timeoutMs: 1e12 } };
    const forEach = { items: '["a", "b", {"c": 1}]', size: 2 };
    const [one, three] = [once, { ...once, tasks: [task({ id: 'each', forEach })] }].map((each) =>
      analysePlan(plan(each), { weights: null }),
    );
    expect(three!.notes).toEqual(one!.notes);
    expect(three!.cost.highUsd).toBeCloseTo(3 * one!.cost.highUsd, 2);
    expect(three!.duration).toEqual({ lowMs: 2 * one!.duration.lowMs, highMs: 2 * one!.duration.highMs });
  });

  it('lists what would be undone, last first, and what people will be asked', () => {
    const tasks = [
      task({ id: 'a', compensate: { kind: 'bash', command: 'git restore .', env: {} } }),
      task({ id: 'b', compensate: { kind: 'tool', tool: 'issue', input: { close: 1 } } }),
      task({ id: 'c', compensate: { kind: 'prompt', agent: 'worker', prompt: 'Undo it.', template: null } }),
      task({ id: 'd', approval: { ...approval, at: 'after', when: 'true' } }),
    ];
    const policy = [
      { tool: 'bash', match: 'git push*', agents: [], action: 'ask' as const, approval },
      { tool: '*', match: null, agents: [], action: 'deny' as const, approval },
    ];
    expect(analysePlan(plan({ tasks, policy }), { weights: null })).toMatchObject({
      compensations: [
        { task: 'c', kind: 'prompt', what: 'worker: Undo it.' },
        { task: 'b', kind: 'tool', what: 'issue {"close":1}' },
        { task: 'a', kind: 'bash', what: 'git restore .' },
      ],
      approvals: [{ task: 'd', at: 'after', by: ['lead'], needed: 2, maybe: true }],
      toolApprovals: [{ tool: 'bash', match: 'git push*', agents: [], by: ['lead'], needed: 2 }],
    });
  });
});
