import { remainingWeights } from '../plan/critical-path.ts';
import { DependencyGraph } from './dependency-graph.ts';
import { whyDoomed } from './edge-rules.ts';
import { parseInstanceId } from '../ids/execution-id.ts';
import { ReadyTasks } from './ready-tasks.ts';
import type { TaskStatus } from '../run/run-result.ts';
import type { Slots } from './slots.ts';
import type { SchedulableTask, TaskNode } from './task-node.ts';
import { executionStatus, hasEnded, instanceIdOf, newState, notBegun } from './task-node.ts';

/** An execution: of a task, or of one item of it. */
export interface Execution {
  node: TaskNode;
  item: number | null;
}

/** The books of the scheduler: which execution is where, kept in step with the graph and the queue. */
export class SchedulerCore {
  readonly graph: DependencyGraph;
  readonly ready: ReadyTasks;
  /** Tasks that can begin no more. */
  readonly doomed = new Set<TaskNode>();
  /** See `SchedulablePlan`. */
  readonly strictSkips: boolean;
  /** Who is at work; left out: nobody is counted. */
  readonly slots: Slots | undefined;
  running = 0;
  waiting = 0;
  /** Tasks by the execution that they were added by. */
  readonly #children = new Map<string, TaskNode[]>();

  constructor(phases: readonly { repeat: { max: number } | null }[], strictSkips: boolean, slots?: Slots) {
    this.strictSkips = strictSkips;
    this.slots = slots;
    this.ready = new ReadyTasks({ hasSlots: slots !== undefined });
    this.graph = new DependencyGraph(phases, (node) => {
      this.ready.refresh(node);
      if (node.readiness === 'doomed') this.doomed.add(node);
      else this.doomed.delete(node);
    });
  }

  /** The task with that id. @throws Error when there is none */
  node(taskId: string): TaskNode {
    const node = this.graph.byId.get(taskId);
    if (!node) throw new Error(`there is no task ${taskId}`);
    return node;
  }

  /** The execution with that id; undefined: it belongs to an earlier iteration, or there is no such item. */
  find(id: string): Execution | undefined {
    const { task, item, iteration } = parseInstanceId(id);
    const node = this.node(task);
    const isKnown = iteration === node.state.iteration && executionStatus(node, item) !== undefined;
    return isKnown ? { node, item } : undefined;
  }

  /** Adds tasks as parts of an execution; null: of the run. */
  add(tasks: readonly SchedulableTask[], parentId: string | null): void {
    const parent = parentId === null ? null : this.#parentOf(parentId);
    const isDetached = parentId !== null && this.find(parentId) === undefined;
    const nodes = tasks.map((task) => this.graph.insert(task, parent, { ...newState(), isDetached }));
    const remaining = remainingWeights(tasks);
    const tailMs = parent ? parent.node.rank - (parent.node.task.weightMs ?? 1) : 0;
    for (const node of nodes) {
      node.rank = tailMs + remaining.get(node.task.id)!;
      this.adopt(node);
      this.graph.link(node);
    }
    for (const node of nodes) this.graph.evaluate(node);
    this.graph.passPhases();
  }

  /** Notes which execution a task waits for because it was added by it. */
  adopt(node: TaskNode): void {
    if (!node.parent || node.state.isDetached) return;
    const id = instanceIdOf(node.parent.node, node.parent.item);
    const children = this.#children.get(id);
    if (children) children.push(node);
    else this.#children.set(id, [node]);
  }

  /** Sets the status of an execution, and counts. The graph is not told. */
  setStatus({ node, item }: Execution, status: TaskStatus): void {
    const { state } = node;
    if (status === 'running' && executionStatus(node, item) === 'pending')
      this.slots?.take(instanceIdOf(node, item), node.task);
    if (hasEnded(status)) this.slots?.release(instanceIdOf(node, item));
    this.#count(node, executionStatus(node, item), -1);
    this.#count(node, status, 1);
    if (item === null || !state.items) state.status = status;
    else {
      state.items[item] = status;
      while (node.nextItem < state.items.length && state.items[node.nextItem] !== 'pending') node.nextItem++;
    }
  }

  /** Ends an execution that has not ended. */
  end({ node, item }: Execution, status: TaskStatus): void {
    const id = instanceIdOf(node, item);
    if (status === 'skipped' && this.doomed.has(node)) {
      Object.assign(node.state, { gaveUp: true, isLost: whyDoomed(node, this.strictSkips).isLost });
    } else if (status === 'skipped' && this.findStuck() === node) {
      Object.assign(node.state, { gaveUp: true, isLost: true });
    }
    this.setStatus({ node, item }, status);
    if (item !== null) node.openItems--;
    if (node.openItems === 0) this.graph.endOwn(node);
    this.graph.evaluate(node);
    for (const child of this.#children.get(id) ?? []) this.graph.evaluate(child);
  }

  /** With nothing at work and nothing to do, tasks wait for each other: the first of them is to be given up, so that a run always ends. */
  findStuck(): TaskNode | undefined {
    const { graph, ready, running, waiting, doomed } = this;
    const isIdle = running + waiting + doomed.size + graph.loops.size === 0 && ready.isEmpty;
    if (!isIdle || graph.openCount === 0) return undefined;
    return graph.nodes.find(({ outcome, readiness }) => outcome === null && readiness === 'blocked');
  }

  /** All of a task is to be done anew. What was added to it counts no longer, since it will be planned anew too; but see {@link keepsMembers}. */
  restart(node: TaskNode, kind: 'iteration' | 'epoch'): void {
    const { state } = node;
    if (kind === 'iteration' || !keepsMembers(node)) for (const member of node.members) member.state.isDetached = true;
    this.graph.reopenOwn(node);
    if (kind === 'epoch') state.epoch++;
    else {
      const items = state.items ?? [state.status];
      for (const [index, status] of items.entries()) {
        state.past.push({ item: state.items ? index : null, iteration: state.iteration, status });
      }
      state.iteration++;
    }
    Object.assign(state, notBegun);
    Object.assign(node, { openItems: 0, nextItem: 0 });
    this.graph.evaluate(node);
    // They wait for the execution that is pending again, or no longer for it.
    for (const member of node.members) this.graph.evaluate(member);
  }

  #parentOf(id: string): Execution {
    const { task, item } = parseInstanceId(id);
    return { node: this.node(task), item };
  }

  #count(node: TaskNode, status: TaskStatus | undefined, change: 1 | -1): void {
    if (status !== 'running' && status !== 'waiting') return;
    node[status] += change;
    this[status] += change;
    this.ready.hold(node, change);
    if (status === 'running') this.slots?.count(node.task, change);
  }
}

/** Whether tasks that were added to this one stay parts of it when it is done anew: it never began, so nothing will plan them again. */
export function keepsMembers({ state }: TaskNode): boolean {
  return state.gaveUp;
}

/** Ids of the executions of a task's newest iteration that have begun and not ended, or not begun. */
export function openExecutions(node: TaskNode): Execution[] {
  const items: (number | null)[] = node.state.items ? [...node.state.items.keys()] : [null];
  return items.filter((item) => !hasEnded(executionStatus(node, item)!)).map((item) => ({ node, item }));
}
