import { toInstance } from '../ids/execution-id.ts';
import type { TaskStatus } from '../run/run-result.ts';
import type { Execution } from './scheduler-books.ts';
import { keepsMembers, openExecutions, SchedulerCore } from './scheduler-books.ts';
import type { InstanceStatus } from './scheduler-report.ts';
import { countsInTheEnd, dependentsOf, descendantsOf, executionsOf, statusOfTask } from './scheduler-report.ts';
import type { SchedulerSnapshot } from './scheduler-snapshot.ts';
import { restore, toSnapshot } from './scheduler-snapshot.ts';
import type { LoopName, SchedulerStep } from './scheduler-step.ts';
import { toStep } from './scheduler-step.ts';
import type { SlotRules } from './slots.ts';
import { Slots } from './slots.ts';
import type { SchedulableTask, TaskNode } from './task-node.ts';
import { executionStatus, hasEnded, instanceIdOf } from './task-node.ts';

export type { InstanceStatus } from './scheduler-report.ts';
export type { SchedulerSnapshot } from './scheduler-snapshot.ts';
export type { LoopName, ReadyTask, SchedulerStep } from './scheduler-step.ts';
export type { SchedulableTask } from './task-node.ts';
export { hasEnded } from './task-node.ts';

/** What the scheduler needs to know of a plan. */
export interface SchedulablePlan {
  tasks: readonly SchedulableTask[];
  phases: readonly { repeat: { max: number } | null }[];
  /**
   * What needs a task that was skipped, by whatever, is missing, and a `for_each` without items is skipped. Not so: runs that were started
   * when what a condition left out took along what needs it, and no items were a success. They decide as they did.
   */
  strictSkips?: boolean;
  /** Who does the tasks, and how many of an agent run at once; left out: only the run's limit counts. */
  slots?: SlotRules | undefined;
}

/**
 * Decides what starts when: each task as soon as its dependencies, its files and a free slot allow it.
 *
 * Pure: the same calls always give the same answers, and {@link next} changes nothing. A step costs about the edges of what has just ended,
 * not the size of the plan. Of a `for_each`, `next` first gives the task itself: answer with {@link expand}.
 */
export class Scheduler {
  /** How many executions may run at once; those that wait do not count. When it gets lower, what runs goes on. */
  maxParallel: number;
  readonly #core: SchedulerCore;
  readonly #plannedCount: number;

  /** @throws Error when two tasks have the same id */
  constructor(
    { tasks, phases, strictSkips = false, slots }: SchedulablePlan,
    options: { maxParallel: number; snapshot?: SchedulerSnapshot },
  ) {
    this.maxParallel = options.maxParallel;
    const kept = options.snapshot?.slots;
    const rules = kept?.rules ?? slots;
    this.#core = new SchedulerCore(phases, strictSkips, rules && new Slots(rules, kept?.members));
    this.#plannedCount = options.snapshot?.plannedCount ?? tasks.length;
    if (options.snapshot) restore(this.#core, options.snapshot);
    else this.#core.add(tasks, null);
  }

  /** A scheduler that goes on where the saved one was. */
  static from(snapshot: SchedulerSnapshot): Scheduler {
    const { tasks, phases, strictSkips = false } = snapshot;
    return new Scheduler({ tasks, phases, strictSkips }, { maxParallel: snapshot.maxParallel, snapshot });
  }

  /** Everything needed to go on, as plain JSON. Its `tasks` may be left out where they are known, if they are put back for {@link from}. */
  toJSON(): SchedulerSnapshot {
    return { maxParallel: this.maxParallel, ...toSnapshot(this.#core, this.#plannedCount) };
  }

  /** Id of the member of the pool that is at work on an execution; undefined: none. */
  memberOf(id: string): string | undefined {
    return this.#core.slots?.memberOf(id);
  }

  /** Executions that hold a slot. */
  get runningCount(): number {
    return this.#core.running;
  }

  /** Whether every task and every loop has come to its end. */
  get isOver(): boolean {
    return this.#core.graph.openCount === 0 && this.#core.graph.loops.size === 0;
  }

  /** Elementary steps so far, edges followed and comparisons made: for tests and benchmarks. */
  get steps(): number {
    return this.#core.graph.steps + this.#core.ready.steps;
  }

  /** What to do now. Asked again before anything was told, it answers the same. */
  next(): SchedulerStep {
    return toStep(this.#core, this.maxParallel);
  }

  /** An execution now runs. False: it has begun or ended meanwhile (a person skipped it), so it must not. */
  begin(id: string): boolean {
    const execution = this.#find(id, ['pending']);
    if (!execution) return false;
    this.#core.setStatus(execution, 'running');
    this.#core.graph.evaluate(execution.node);
    return true;
  }

  /** A running execution waits for somebody, or goes on. Meanwhile it gives back its slot, but not its files. False: it is not running. */
  wait(id: string, isWaiting: boolean): boolean {
    const execution = this.#find(id, [isWaiting ? 'running' : 'waiting']);
    if (execution) this.#core.setStatus(execution, isWaiting ? 'waiting' : 'running');
    return execution !== undefined;
  }

  /** An execution has ended, whether it had begun or not. False: it had ended before. */
  end(id: string, status: TaskStatus): boolean {
    const execution = this.#find(id, ['pending', 'running', 'waiting']);
    if (execution) this.#core.end(execution, status);
    return execution !== undefined;
  }

  /** A `for_each` has so many items; each is an execution of its own now. With none it is skipped, as by its condition. */
  expand(taskId: string, width: number): void {
    const node = this.#core.node(taskId);
    const { state } = node;
    if (state.items || hasEnded(state.status)) return;
    if (width === 0 && this.#core.strictSkips) return this.#core.end({ node, item: null }, 'skipped');
    this.#core.setStatus({ node, item: null }, 'pending');
    state.items = Array.from({ length: width }, () => 'pending');
    node.openItems = width;
    node.nextItem = 0;
    if (width === 0) this.#core.graph.endOwn(node);
    this.#core.graph.evaluate(node);
  }

  /** The answer about one of {@link SchedulerStep.loops}: what is not over is pending again, in the next iteration. */
  loopEnded(name: LoopName, isOver: boolean): void {
    const { graph } = this.#core;
    const loop = 'phase' in name ? graph.gates.all[name.phase] : graph.byId.get(name.task);
    if (!loop || !graph.loops.delete(loop)) return;
    if ('task' in loop) {
      loop.state.isLoopOver = isOver;
      if (isOver) return graph.close(loop);
      loop.state.round++;
      return this.#core.restart(loop, 'iteration');
    }
    if (isOver) return graph.endPhase(loop);
    loop.iteration++;
    const nodes = loop.nodes.filter(({ parent }) => parent === null);
    for (const node of nodes) graph.reopen(node);
    for (const node of nodes) {
      node.state.round = 1;
      this.#core.restart(node, 'iteration');
    }
  }

  /**
   * Adds tasks while the run lives. With a parent they are part of its task: they begin once that execution has succeeded, and whoever waits
   * for the task waits for them too.
   *
   * @throws Error when an id is taken or the parent is not known
   */
  add(tasks: readonly SchedulableTask[], parentInstanceId: string | null): void {
    this.#core.add(tasks, parentInstanceId);
  }

  /**
   * A person has tasks done anew: those of them that have ended are pending again, and so is what was given up because of them.
   *
   * Returns the ids of all those. Tasks that an earlier run of one of these had added stay as they are and count no longer. What was added
   * to a task that was given up before it began stays a part of it, and waits for it again.
   */
  reset(taskIds: readonly string[]): string[] {
    const nodes = new Set(taskIds.map((id) => this.#core.node(id)).filter((node) => this.#mayRestart(node)));
    for (const node of nodes) {
      const parts = keepsMembers(node) ? node.members.filter(({ state }) => !state.isDetached) : [];
      for (const other of [...dependentsOf(node), ...parts]) if (other.state.gaveUp) nodes.add(other);
    }
    const anew = [...nodes].filter((node) => !hasAncestorIn(node, nodes)).sort((a, b) => a.index - b.index);
    for (const node of anew) this.#core.graph.reopen(node);
    for (const node of anew) this.#core.restart(node, 'epoch');
    return anew.map(({ task }) => task.id);
  }

  /** A person says how urgent a task is, 1 (last) to 10 (first): what of it has not begun takes its place by that. */
  setPriority(taskId: string, priority: number): void {
    const { ready } = this.#core;
    const node = this.#core.node(taskId);
    ready.reorder(node, () => (node.task.priority = priority));
  }

  /** A person gives a task up: what of it, and of what was added to it, has not begun is skipped, and its loop is over. Returns the ids of those executions. */
  skip(taskId: string): string[] {
    return this.#skip(this.#core.node(taskId));
  }

  /** How a task is, with its items, the tasks added to it, and its loop. Between two iterations of its phase: as it ended. */
  status(taskId: string): TaskStatus {
    return statusOfTask(this.#core.graph, this.#core.node(taskId));
  }

  /** How an execution is; undefined: there is none with that id (yet). */
  statusOf(instanceId: string): TaskStatus | undefined {
    const task = toInstance(instanceId).task;
    return executionsOf(this.#core.node(task)).find(({ id }) => id === instanceId)?.status;
  }

  /** Every execution that is known, in plan order; of one task by iteration, then by item. */
  instances(): InstanceStatus[] {
    return this.#core.graph.nodes.flatMap(executionsOf);
  }

  /**
   * Whether an execution counts in the end: none of an earlier iteration does, and none of a task that was added to one that is done anew.
   *
   * @returns null: a loop around it goes on, so nobody knows
   */
  counts(instanceId: string): boolean | null {
    return countsInTheEnd(
      this.#core.graph,
      this.#core.node(toInstance(instanceId).task),
      toInstance(instanceId).iteration,
    );
  }

  /** The task and everything that comes after it, through dependencies and phases, in plan order. */
  descendants(taskId: string): string[] {
    return descendantsOf(this.#core.graph, this.#core.node(taskId)).map(({ task }) => task.id);
  }

  #find(id: string, statuses: readonly TaskStatus[]): Execution | undefined {
    const execution = this.#core.find(id);
    return execution && statuses.includes(executionStatus(execution.node, execution.item)!) ? execution : undefined;
  }

  #mayRestart(node: TaskNode): boolean {
    return node.outcome !== null || this.#core.graph.loops.has(node);
  }

  #skip(node: TaskNode): string[] {
    const { graph } = this.#core;
    const members = node.members.filter(({ state }) => !state.isDetached);
    const skipped = members.flatMap((member) => this.#skip(member));
    if (node.outcome !== null) return skipped;
    // What has ended already stays as it ended.
    Object.assign(node.state, { isLoopOver: true, isGivenUp: node.ownOutcome === null });
    for (const execution of openExecutions(node)) {
      if (executionStatus(node, execution.item) !== 'pending') continue;
      skipped.push(instanceIdOf(node, execution.item));
      this.#core.end(execution, 'skipped');
    }
    if (graph.loops.delete(node)) graph.close(node);
    return skipped;
  }
}

function hasAncestorIn(node: TaskNode, nodes: ReadonlySet<TaskNode>): boolean {
  if (!node.parent || node.state.isDetached) return false;
  const { node: parent } = node.parent;
  return (nodes.has(parent) && !keepsMembers(parent)) || hasAncestorIn(parent, nodes);
}
