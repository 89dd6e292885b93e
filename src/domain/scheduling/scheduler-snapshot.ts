import { remainingWeights } from '../plan/critical-path.ts';
import type { SchedulerCore } from './scheduler-books.ts';
import type { SlotRules } from './slots.ts';
import type { NodeState, SchedulableTask, TaskNode } from './task-node.ts';
import { hasEnded, newState } from './task-node.ts';

/** A scheduler as plain JSON. What follows from the tasks and their states is left out, and a state leaves out what stands at its beginning. */
export interface SchedulerSnapshot {
  maxParallel: number;
  phases: { repeat: { max: number } | null; iteration: number; isOver: boolean }[];
  /** Tasks of the plan, and behind them those that were added. */
  tasks: SchedulableTask[];
  plannedCount: number;
  states: Record<string, Partial<NodeState>>;
  /** Of each added task: the execution that it was added by, and the weight of the longest way to the end, in ms. */
  added: Record<string, { parent: { task: string; item: number | null } | null; rank: number }>;
  /** See `SchedulablePlan`. */
  strictSkips?: boolean;
  /** Who does the tasks, and who is at work on what; not there: nobody is counted. */
  slots?: { rules: SlotRules; members: Record<string, string> };
}

/** Everything needed to go on, as plain JSON that shares nothing with the scheduler. */
export function toSnapshot(
  { graph, strictSkips, slots }: SchedulerCore,
  plannedCount: number,
): Omit<SchedulerSnapshot, 'maxParallel'> {
  const states = graph.nodes.map(({ task, state }) => [task.id, changesOf(state)] as const);
  const added = graph.nodes.slice(plannedCount).map(({ task, parent, rank }) => {
    return [task.id, { parent: parent && { task: parent.node.task.id, item: parent.item }, rank }] as const;
  });
  return {
    phases: graph.gates.all.map(({ max, iteration, isOver }) => ({
      repeat: max === null ? null : { max },
      iteration,
      isOver,
    })),
    tasks: graph.nodes.map(({ task }) => task),
    plannedCount,
    states: Object.fromEntries(states.filter(([, state]) => Object.keys(state).length > 0)),
    added: Object.fromEntries(added),
    ...(strictSkips && { strictSkips }),
    ...(slots && { slots: { rules: slots.rules, members: slots.members } }),
  };
}

/** Fills a core without tasks from what was saved. */
export function restore(core: SchedulerCore, { phases, tasks, plannedCount, states, added }: SchedulerSnapshot): void {
  const { graph } = core;
  const ranks = remainingWeights(tasks.slice(0, plannedCount));
  for (const task of tasks) {
    const { parent = null, rank = ranks.get(task.id)! } = added[task.id] ?? {};
    const state = copyOf({ ...newState(), ...states[task.id] });
    const node = graph.insert(task, parent && { node: core.node(parent.task), item: parent.item }, state);
    node.rank = rank;
    core.adopt(node);
  }
  for (const node of graph.nodes) graph.link(node);
  for (const [index, { iteration, isOver }] of phases.entries()) {
    Object.assign(graph.gates.all[index]!, { iteration, isOver });
  }
  for (const node of graph.nodes) countExecutions(core, node);
  for (const node of graph.nodes) if (hasEndedItself(node)) graph.endOwn(node);
  for (const node of graph.nodes) graph.evaluate(node);
  graph.passPhases();
}

function countExecutions(core: SchedulerCore, node: TaskNode): void {
  const statuses = node.state.items ?? [node.state.status];
  for (const status of statuses) {
    if (status !== 'running' && status !== 'waiting') continue;
    node[status]++;
    core[status]++;
    core.ready.hold(node, 1);
    if (status === 'running') core.slots?.count(node.task, 1);
  }
  if (!node.state.items) return;
  node.openItems = statuses.filter((status) => !hasEnded(status)).length;
  const pending = statuses.indexOf('pending');
  node.nextItem = pending < 0 ? statuses.length : pending;
}

function hasEndedItself({ state, openItems }: TaskNode): boolean {
  return state.items ? openItems === 0 : hasEnded(state.status);
}

function copyOf(state: NodeState): NodeState {
  return { ...state, items: state.items && [...state.items], past: state.past.map((entry) => ({ ...entry })) };
}

function changesOf(state: NodeState): Partial<NodeState> {
  const start = newState();
  const copy: Partial<NodeState> = copyOf(state);
  for (const key of Object.keys(start) as (keyof NodeState)[]) {
    if (key === 'past' ? state.past.length === 0 : state[key] === start[key]) delete copy[key];
  }
  return copy;
}
