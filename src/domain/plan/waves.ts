import { findCycle, topologicalOrder } from './task-graph.ts';
import type { OrderedTask } from './phase-order.ts';
import { isTaskId, toPhaseOrder } from './phase-order.ts';

/**
 * Tasks by how many others must end one after the other before they start, each wave in plan order.
 *
 * Only for people to see: a task starts when its own dependencies allow it, not when a wave has ended. Empty with a ring of tasks.
 */
export function waves(tasks: readonly OrderedTask[]): string[][] {
  const order = toPhaseOrder(tasks);
  if (findCycle(order)) return [];
  // Of a task: its own wave. Of the end of a phase: the last wave in it.
  const waveOf = new Map<string, number>();
  for (const id of topologicalOrder(order)) {
    const last = order.get(id)!.reduce((latest, other) => Math.max(latest, waveOf.get(other) ?? -1), -1);
    waveOf.set(id, isTaskId(id) ? last + 1 : last);
  }
  const result: string[][] = [];
  for (const { id } of tasks) (result[waveOf.get(id)!] ??= []).push(id);
  return result;
}
