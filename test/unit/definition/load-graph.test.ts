import { describe, expect, it } from 'vitest';
import type { Plan, PlanTask } from '../../../src/domain/plan/plan.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';
import { fc } from '../../support/base/properties.ts';

const context: PlanContext = { agents: registryOf('coder', 'foreman', 'writer'), cwd: '/project' };

function load(text: string, more: Partial<PlanContext> = {}) {
  return loadPlan(
    { kind: 'text', text: `default_profile: coder\n${text}`, file: 'crew.yaml' },
    { ...context, ...more },
  );
}

function edgesOf(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    plan.tasks.map(({ id, dependsOn }) => [id, dependsOn.map(({ task, on, from }) => `${from} ${on} ${task}`)]),
  );
}

describe('the graph form', () => {
  it('stands in topological order, whatever the order of the file', () => {
    const { plan } = load(
      'tasks: [{ id: c, prompt: x, depends_on: [b] }, { id: b, prompt: x, dependencies: [a] }, { id: a, prompt: x }]',
    );
    expect(plan.tasks.map(({ id, phase, afterPhase }) => [id, phase, afterPhase])).toEqual([
      ['a', null, null],
      ['b', null, null],
      ['c', null, null],
    ]);
    expect(edgesOf(plan)).toEqual({ a: [], b: ['explicit all_success a'], c: ['explicit all_success b'] });
  });

  it('takes dependencies in every spelling, each once', () => {
    const { plan } = load(`
tasks:
  - { id: a, prompt: x }
  - { id: b, prompt: x }
  - { id: c, prompt: x }
  - { id: d, prompt: x, depends_on: [a, { task: b, on: any_end }, { task: c, continue_on_error: true }], dependencies: [a] }
  - { id: e, prompt: x, depends_on: [a, b], join: any_end }
  - { id: f, prompt: x, depends_on: [a, b], join: { quorum: 1 } }
  - { id: g, prompt: x, depends_on: [a, b], join: all_success }
  - { id: h, prompt: x, depends_on: [a, b], join: any }
`);
    const edges = edgesOf(plan);
    expect(edges['d']).toEqual(['explicit all_success a', 'explicit any_end b', 'explicit any_end c']);
    expect(edges['e']).toEqual(['explicit any_end a', 'explicit any_end b']);
    const joins = Object.fromEntries(plan.tasks.map(({ id, join }) => [id, join]));
    expect(joins).toMatchObject({ d: 'all', e: 'all', f: { quorum: 1 }, g: 'all', h: 'any' });
  });

  it('mixes with phases, both ways', () => {
    const { plan, warnings } = load(`
phases:
  - { name: One, tasks: [{ id: first, prompt: x, depends_on: [before] }] }
  - { name: Two, tasks: [{ id: second, prompt: x }] }
tasks:
  - { id: before, prompt: x }
  - { id: beside, prompt: x, depends_on: [first] }
`);
    expect(plan.tasks.map(({ id, phase, afterPhase }) => [id, phase, afterPhase])).toEqual([
      ['before', null, null],
      ['first', 0, null],
      ['second', 1, 0],
      ['beside', null, null],
    ]);
    expect(warnings).toEqual([]);
  });

  it('gives a task without an id the name of its context or agent', () => {
    const { plan } = load(
      'tasks: [{ context_name: Left side, prompt: x }, { profile: writer, prompt: x }, { prompt: x }, { prompt: x }]',
    );
    expect(plan.tasks.map(({ id }) => id)).toEqual(['left-side', 'writer', 'coder', 'coder-2']);
  });

  it('lets tasks of one context run one at a time, in the order of the plan, and warns where nothing else orders them', () => {
    const { plan, warnings } = load(`
tasks:
  - { id: c, context_name: lead, prompt: x, depends_on: [b] }
  - { id: b, prompt: x }
  - { id: a, context_name: lead, prompt: x }
  - { id: d, context_name: lead, prompt: x, depends_on: [c] }
`);
    expect(plan.tasks.map(({ id }) => id)).toEqual(['b', 'c', 'a', 'd']);
    expect(edgesOf(plan)).toMatchObject({
      c: ['explicit all_success b'],
      a: ['context any_end c'],
      d: ['explicit all_success c', 'context any_end a'],
    });
    expect(warnings.map(({ code, line }) => [code, line])).toEqual([
      ['shared-context', 6],
      ['shared-context', 7],
    ]);
  });

  it('does not take an edge that need not be waited for as an order', () => {
    const { plan } = load(`
tasks:
  - { id: a, context_name: lead, prompt: x }
  - { id: b, prompt: x }
  - { id: c, context_name: lead, prompt: x, depends_on: [a, b], join: any }
`);
    expect(edgesOf(plan)['c']).toEqual(['explicit all_success a', 'explicit all_success b', 'context any_end a']);
  });

  it('orders any graph without a ring, and says of any other that it has one', () => {
    const graph = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    const contexts = fc.array(fc.constantFrom('lead', 'other', null), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(graph, contexts, (needs, names) => {
        const tasks = needs.map((list, index): JsonObject => ({
          id: `t${index}`,
          prompt: 'x',
          profile: 'coder',
          // Only to tasks before it in a shuffled numbering: no ring.
          depends_on: list
            .filter((other) => rank(other) < rank(index) && other < needs.length)
            .map((other) => `t${other}`),
          ...(names[index] ? { context_name: names[index] } : {}),
        }));
        const { plan } = loadPlan({ kind: 'object', value: { tasks }, name: 'random' }, context);
        expect(new Set(plan.tasks.map(({ id }) => id))).toEqual(new Set(tasks.map(({ id }) => id)));
        expect(plan.tasks).toHaveLength(tasks.length);
        expectOrdered(plan.tasks);
      }),
    );
  });
});

/** A fixed order that is not the one of the file. */
function rank(index: number): number {
  return (index * 7) % 12;
}

function expectOrdered(tasks: PlanTask[]): void {
  const seen = new Set<string>();
  const last = new Map<string, string>();
  for (const { id, dependsOn, context: name } of tasks) {
    for (const { task } of dependsOn) expect(seen).toContain(task);
    const before = last.get(name);
    if (before !== undefined) expect(isAfter(tasks, id, before)).toBe(true);
    seen.add(id);
    last.set(name, id);
  }
}

function isAfter(tasks: PlanTask[], id: string, other: string): boolean {
  const needs = tasks.find((task) => task.id === id)!.dependsOn;
  return needs.some(({ task }) => task === other || isAfter(tasks, task, other));
}
