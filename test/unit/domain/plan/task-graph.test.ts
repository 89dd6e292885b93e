import { describe, expect, it } from 'vitest';
import { findCycle, topologicalOrder } from '../../../../src/domain/plan/task-graph.ts';
import { fc } from '../../../support/base/properties.ts';

function graphOf(edges: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(edges));
}

describe('findCycle', () => {
  it.each([
    { edges: {}, ring: null },
    { edges: { a: [], b: ['a'], c: ['a', 'b'] }, ring: null },
    { edges: { a: ['a'] }, ring: ['a', 'a'] },
    { edges: { a: ['b'], b: ['a'] }, ring: ['a', 'b', 'a'] },
    { edges: { start: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ring: ['a', 'b', 'c', 'a'] },
    { edges: { a: ['gone'] }, ring: null },
    { edges: { a: [], b: ['a', 'd'], c: ['b'], d: ['c'] }, ring: ['b', 'd', 'c', 'b'] },
  ])('finds $ring in $edges', ({ edges, ring }) => {
    expect(findCycle(graphOf(edges))).toEqual(ring);
  });

  it('finds the ring of a chain that is longer than any call stack', () => {
    const length = 200_000;
    const chain = new Map(Array.from({ length }, (_, index) => [`t${index}`, [`t${(index + 1) % length}`]]));
    expect(findCycle(chain)).toHaveLength(length + 1);
  });

  it('returns a ring whose every step is an edge, for any graph that has one', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 }), (lists) => {
        const graph = new Map(lists.map((list, index) => [`${index}`, list.map(String)]));
        const ring = findCycle(graph);
        if (ring === null) {
          const order = topologicalOrder(graph);
          for (const [id, waits] of graph) {
            for (const other of waits)
              if (graph.has(other)) expect(order.indexOf(other)).toBeLessThan(order.indexOf(id));
          }
          expect([...order].sort()).toEqual([...graph.keys()].sort());
        } else {
          expect(ring.at(0)).toBe(ring.at(-1));
          for (const [index, id] of ring.slice(0, -1).entries()) expect(graph.get(id)).toContain(ring[index + 1]);
        }
      }),
    );
  });
});

describe('topologicalOrder', () => {
  it('keeps the order of the graph where nothing waits', () => {
    expect(topologicalOrder(graphOf({ c: [], a: [], b: [] }))).toEqual(['c', 'a', 'b']);
  });

  it('puts what is waited for first', () => {
    expect(
      topologicalOrder(graphOf({ review: ['build', 'test'], build: ['plan'], test: ['build'], plan: [] })),
    ).toEqual(['plan', 'build', 'test', 'review']);
  });

  it('names the ring when there is one', () => {
    expect(() => topologicalOrder(graphOf({ a: ['b'], b: ['a'] }))).toThrow('tasks wait for each other: a → b → a');
  });
});
