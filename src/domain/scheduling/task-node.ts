import { toInstanceId } from '../ids/execution-id.ts';
import type { PlanDependency } from '../plan/plan.ts';
import type { TaskStatus } from '../run/run-result.ts';

/** What scheduling needs to know of a task; what is left out stands at its default. A `PlanTask` fits, and an `OutlineTask`. */
export interface SchedulableTask {
  id: string;
  phase: number | null;
  dependsOn: readonly PlanDependency[];
  /** Default: `all`. */
  join?: 'all' | 'any' | { quorum: number };
  continueOnError?: boolean;
  /** 1 (last) to 10 (first); default: 5. */
  priority?: number;
  afterPhase?: number | null;
  filesScope?: readonly string[];
  /** Who does it; counted only where the plan bounds how many of that agent run at once. */
  agent?: string;
  /** Default: none. */
  track?: string | null;
  forEach?: { size: number | null } | null;
  repeat?: { max: number } | null;
  /** How long it took in earlier runs, in ms; default: 1. */
  weightMs?: number;
}

/** What a task waits for of another: its own executions (a member of its parent), all that belongs to it, or the end of its phase's loop too. */
export type EdgeLevel = 'own' | 'whole' | 'final';

/** One task waiting for another. `isImplied`: met by the end, whatever `join` says. */
export interface Edge {
  source: TaskNode;
  target: TaskNode;
  isImplied: boolean;
  needsSuccess: boolean;
  level: EdgeLevel;
}

/** What is known of a task and cannot be worked out from anything else: this is what gets saved. */
export interface NodeState {
  /** Of the newest executions, from 1. */
  iteration: number;
  /** Iterations of the task's own loop since it was last begun from the start, from 1. */
  round: number;
  /** How often a person had it done anew. */
  epoch: number;
  /** Of the one execution; of a `for_each`, of the question how wide it is. */
  status: TaskStatus;
  /** Of each item of a `for_each` that is expanded. */
  items: TaskStatus[] | null;
  /** Skipped because its dependencies could not be met any more; so it never began. */
  gaveUp: boolean;
  /** It was given up because something is missing, not because of a condition or a person. */
  isLost: boolean;
  /** A person gave it up: the items that are done do not stand for all. */
  isGivenUp: boolean;
  /** Its own loop is over. */
  isLoopOver: boolean;
  /** Its parent is being done anew, so it counts no longer. */
  isDetached: boolean;
  /** Executions of earlier iterations. */
  past: { item: number | null; iteration: number; status: TaskStatus }[];
}

/** A task in the scheduler: its edges, its state, and numbers that follow from them. */
export interface TaskNode {
  readonly index: number;
  readonly task: SchedulableTask;
  /** The execution that it was added by. */
  readonly parent: { node: TaskNode; item: number | null } | null;
  /** A member's phase is its parent's. */
  readonly phase: number | null;
  readonly members: TaskNode[];
  readonly explicit: Edge[];
  readonly outgoing: Edge[];
  /** Weight of the longest way to the end, in ms. */
  rank: number;
  /** Dependencies that no task stands behind. */
  missing: string | null;
  impliedCount: number;
  state: NodeState;
  readiness: 'blocked' | 'ready' | 'doomed' | 'begun';
  met: number;
  dead: number;
  impliedEnded: number;
  running: number;
  waiting: number;
  openItems: number;
  /** No item before it is pending. */
  nextItem: number;
  openMembers: number;
  /** Outcome of its own executions, once all have ended. */
  ownOutcome: TaskStatus | null;
  /** Outcome with members and loop, once it has ended. */
  outcome: TaskStatus | null;
  isFinal: boolean;
}

/** The part of a state that says what came of the newest iteration: nothing yet. */
export const notBegun = {
  status: 'pending',
  items: null,
  gaveUp: false,
  isLost: false,
  isGivenUp: false,
  isLoopOver: false,
} as const satisfies Partial<NodeState>;

/** State of a task that nothing has happened to. */
export function newState(): NodeState {
  return { iteration: 1, round: 1, epoch: 0, ...notBegun, isDetached: false, past: [] };
}

/** A task without edges yet. One plain literal: there may be 10,000 of them, and they are read all the time. */
export function createNode(
  task: SchedulableTask,
  index: number,
  { parent, state }: Pick<TaskNode, 'parent' | 'state'>,
): TaskNode {
  return {
    index,
    task,
    parent,
    phase: parent ? parent.node.phase : task.phase,
    members: [],
    explicit: [],
    outgoing: [],
    rank: task.weightMs ?? 1,
    missing: null,
    impliedCount: 0,
    state,
    readiness: 'blocked',
    met: 0,
    dead: 0,
    impliedEnded: 0,
    running: 0,
    waiting: 0,
    openItems: 0,
    nextItem: 0,
    openMembers: 0,
    ownOutcome: null,
    outcome: null,
    isFinal: false,
  };
}

const ended: readonly TaskStatus[] = ['succeeded', 'failed', 'skipped', 'cancelled', 'reused', 'compensated'];

/** Whether a task has come to its end. */
export function hasEnded(status: TaskStatus): boolean {
  return ended.includes(status);
}

/** Whether something of the task has begun, or it has ended. */
export function hasBegun({ state }: TaskNode): boolean {
  return state.status !== 'pending' || state.items !== null;
}

/** Id of an execution of the newest iteration. */
export function instanceIdOf(node: TaskNode, item: number | null): string {
  return toInstanceId({ task: node.task.id, item, iteration: node.state.iteration });
}

/** Status of an execution of the newest iteration, as it is saved: one that could begin is `pending`. */
export function executionStatus({ state }: TaskNode, item: number | null): TaskStatus | undefined {
  return item === null ? (state.items ? undefined : state.status) : state.items?.[item];
}

/** What the task's own executions come to. Items that their condition skipped take nothing away, unless all were. */
export function sumOfItems({ state }: TaskNode): TaskStatus {
  const { items } = state;
  if (!items) return state.status;
  if (items.length === 0) return 'succeeded';
  for (const status of ['failed', 'cancelled', 'compensated'] as const) if (items.includes(status)) return status;
  if (state.isGivenUp && items.includes('skipped')) return 'skipped';
  if (items.includes('succeeded')) return 'succeeded';
  return items.includes('reused') ? 'reused' : 'skipped';
}

/** What the task comes to with the tasks that were added to it: one that was lost fails it. */
export function sumOfMembers(node: TaskNode): TaskStatus {
  const own = node.ownOutcome ?? 'pending';
  if (own !== 'succeeded' && own !== 'reused') return own;
  return node.members.some((member) => !member.state.isDetached && isLost(member)) ? 'failed' : own;
}

/** Whether something is missing because of this task's end: not when its own condition skipped it, nor when its failure is allowed. */
export function isLost({ outcome, task, state }: Pick<TaskNode, 'outcome' | 'task' | 'state'>): boolean {
  if (outcome === 'failed') return !task.continueOnError;
  return outcome === 'cancelled' || outcome === 'compensated' || (outcome === 'skipped' && state.isLost);
}

/** How a status reads behind "which". */
export function inWords(status: TaskStatus): string {
  if (status === 'failed') return status;
  return status === 'compensated' ? 'was undone' : `was ${status}`;
}
