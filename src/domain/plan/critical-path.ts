import { findCycle, topologicalOrder } from './task-graph.ts';
import type { OrderedTask } from './phase-order.ts';
import { isTaskId, toPhaseOrder } from './phase-order.ts';

/** The longest way through a plan: what it takes at least, however much runs at once. */
export interface CriticalPath {
  /** Tasks in the order in which they run. */
  tasks: string[];
  /** Sum of their weights. */
  totalMs: number;
}

/**
 * The longest way through a plan, phases included. Times in ms; a task without one counts 1.
 *
 * Of two ways of the same length, the one of the tasks that stand first.
 */
export function criticalPath(tasks: readonly OrderedTask[], weights: ReadonlyMap<string, number>): CriticalPath {
  const order = toPhaseOrder(tasks);
  if (findCycle(order)) return { tasks: [], totalMs: 0 };
  const longest = new Map<string, { totalMs: number; previous: string | null }>();
  let last: string | null = null;
  for (const id of topologicalOrder(order)) {
    let previous: string | null = null;
    for (const other of order.get(id)!) {
      if (longest.has(other) && (previous === null || longest.get(other)!.totalMs > longest.get(previous)!.totalMs)) {
        previous = other;
      }
    }
    const ownMs = isTaskId(id) ? (weights.get(id) ?? 1) : 0;
    longest.set(id, { totalMs: ownMs + (previous === null ? 0 : longest.get(previous)!.totalMs), previous });
    if (isTaskId(id) && (last === null || longest.get(id)!.totalMs > longest.get(last)!.totalMs)) last = id;
  }
  const path: string[] = [];
  for (let id = last; id !== null; id = longest.get(id)!.previous) if (isTaskId(id)) path.unshift(id);
  return { tasks: path, totalMs: last === null ? 0 : longest.get(last)!.totalMs };
}

/** For each task, the weight of the longest way from its start to the end of the plan, in ms. With a ring among them, only its own. */
export function remainingWeights(tasks: readonly (OrderedTask & { weightMs?: number })[]): Map<string, number> {
  const weights = new Map(tasks.map(({ id, weightMs }) => [id, weightMs ?? 1]));
  const order = toPhaseOrder(tasks);
  if (findCycle(order)) return weights;
  const remaining = new Map<string, number>();
  for (const id of topologicalOrder(order).reverse()) {
    // Whoever waits for this one stands behind it, so its sum is complete by now.
    const total = (remaining.get(id) ?? 0) + (weights.get(id) ?? 0);
    remaining.set(id, total);
    for (const other of order.get(id)!) remaining.set(other, Math.max(remaining.get(other) ?? 0, total));
  }
  return remaining;
}
