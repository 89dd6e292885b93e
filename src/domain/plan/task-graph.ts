/** What waits for what: task id → ids of the tasks it waits for. Ids that are no key of their own are ignored. */
export type TaskGraph = ReadonlyMap<string, readonly string[]>;

/** A ring of tasks that wait for each other, first one repeated at the end (`['a', 'b', 'a']`: a waits for b waits for a); null when there is none. */
export function findCycle(graph: TaskGraph): string[] | null {
  return walk(graph).ring;
}

/**
 * All tasks, each after everything it waits for, otherwise in the graph's own order.
 *
 * @throws Error naming the ring when there is a cycle: ask {@link findCycle} first
 */
export function topologicalOrder(graph: TaskGraph): string[] {
  const { order, ring } = walk(graph);
  if (ring) throw new Error(`tasks wait for each other: ${ring.join(' → ')}`);
  return order;
}

/** Depth first with a stack of its own, so that a long chain of tasks cannot exhaust the call stack. Linear in tasks and edges. */
function walk(graph: TaskGraph): { order: string[]; ring: string[] | null } {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of graph.keys()) {
    if (state.has(start)) continue;
    const trail = [{ id: start, next: 0 }];
    state.set(start, 'open');
    while (trail.length > 0) {
      const top = trail.at(-1)!;
      const dependency = graph.get(top.id)![top.next++];
      if (dependency === undefined) {
        state.set(top.id, 'done');
        order.push(top.id);
        trail.pop();
      } else if (state.get(dependency) === 'open') {
        const ids = trail.map(({ id }) => id);
        return { order, ring: [...ids.slice(ids.indexOf(dependency)), dependency] };
      } else if (graph.has(dependency) && !state.has(dependency)) {
        state.set(dependency, 'open');
        trail.push({ id: dependency, next: 0 });
      }
    }
  }
  return { order, ring: null };
}
