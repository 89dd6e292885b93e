import type { DependencyGraph } from './dependency-graph.ts';
import type { Instance } from '../ids/execution-id.ts';
import { toInstanceId } from '../ids/execution-id.ts';
import type { TaskStatus } from '../run/run-result.ts';
import type { TaskNode } from './task-node.ts';
import { sumOfItems } from './task-node.ts';

/** An execution, and how it is. */
export interface InstanceStatus extends Instance {
  /** See `toInstanceId`. */
  id: string;
  status: TaskStatus;
}

/** How a task is, with its items, the tasks added to it, and its loop. */
export function statusOfTask(graph: DependencyGraph, node: TaskNode): TaskStatus {
  if (node.outcome !== null) return node.outcome;
  if (node.running > 0 || graph.loops.has(node)) return 'running';
  if (node.waiting > 0) return 'waiting';
  if (node.ownOutcome === null) {
    if (node.state.items) return 'running';
    return node.readiness === 'ready' ? 'ready' : 'pending';
  }
  const members = node.members.filter(({ state }) => !state.isDetached).map((member) => statusOfTask(graph, member));
  return members.includes('waiting') && !members.includes('running') ? 'waiting' : 'running';
}

/** The executions of a task, those of earlier iterations first. A `for_each` that has no items is one execution. */
export function executionsOf(node: TaskNode): InstanceStatus[] {
  const { past, items, iteration, readiness } = { ...node.state, readiness: node.readiness };
  const own = readiness === 'ready' ? 'ready' : sumOfItems(node);
  const newest = items?.length
    ? items.map((status, item) => ({ item, iteration, status }))
    : [{ item: null, iteration, status: own }];
  return [...past, ...newest].map(({ item, iteration: of, status }) => {
    const instance = { task: node.task.id, item, iteration: of };
    return { ...instance, id: toInstanceId(instance), status };
  });
}

/** Whether an iteration of a task counts in the end; null: a loop around it goes on. */
export function countsInTheEnd(graph: DependencyGraph, node: TaskNode, iteration: number): boolean | null {
  for (let around: TaskNode | undefined = node; around; around = around.parent?.node) {
    if (around.state.isDetached) return false;
    const gate = around.phase === null ? undefined : graph.gates.all[around.phase];
    const isLooped = (around.task.repeat ?? null) !== null || (gate?.max ?? null) !== null;
    if (isLooped && !around.isFinal) return null;
  }
  return iteration === node.state.iteration;
}

/** Tasks that wait for this one, or for the task that it is a part of. */
export function dependentsOf(node: TaskNode): TaskNode[] {
  const own = node.outgoing.map(({ target }) => target);
  return node.parent && !node.state.isDetached ? [...own, ...dependentsOf(node.parent.node)] : own;
}

/** The task and all that come after it: through dependencies and through phases, in plan order. */
export function descendantsOf({ gates }: DependencyGraph, node: TaskNode): TaskNode[] {
  const found = new Set([node]);
  let phase = gates.all.length;
  for (const each of found) {
    for (const dependent of dependentsOf(each)) found.add(dependent);
    for (; each.phase !== null && phase > each.phase; phase--) {
      for (const waiter of gates.all[phase - 1]!.waiters) found.add(waiter);
    }
  }
  return [...found].sort((a, b) => a.index - b.index);
}
