import { scopesOverlap } from '../plan/glob-overlap.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { Slots } from './slots.ts';
import type { TaskNode } from './task-node.ts';

/** An execution of a task that can begin. */
export interface Candidate {
  node: TaskNode;
  item: number | null;
}

/** Tasks of which something can begin, best first, and who holds which files meanwhile. */
export class ReadyTasks {
  /** Comparisons so far. */
  steps = 0;
  /** Tasks without files, and of each set of globs the best one: the others would have to wait for it in any case. */
  readonly #queue = new ReadyQueue<TaskNode>((a, b) => this.#isBefore(a, b));
  readonly #lanes = new Map<string, ReadyQueue<TaskNode>>();
  /** Tasks with files that are at work, and with how many executions. */
  readonly #holders = new Map<TaskNode, number>();
  readonly #overlaps = new Map<string, boolean>();
  readonly #hasSlots: boolean;

  constructor({ hasSlots }: { hasSlots: boolean }) {
    this.#hasSlots = hasSlots;
  }

  get isEmpty(): boolean {
    return this.#queue.first === undefined;
  }

  /** Puts a task in or takes it out, whichever is right by now. */
  refresh(node: TaskNode): void {
    const isWanted = roomOf(node) > 0;
    const lane = this.#laneOf(node);
    if (!lane) return isWanted ? this.#queue.add(node) : this.#queue.remove(node);
    const before = lane.first;
    if (isWanted) lane.add(node);
    else lane.remove(node);
    if (lane.first === before) return;
    if (before) this.#queue.remove(before);
    if (lane.first) this.#queue.add(lane.first);
  }

  /** Changes what a task's place goes by. */
  reorder(node: TaskNode, change: () => void): void {
    const lane = this.#laneOf(node);
    this.#queue.remove(lane?.first ?? node);
    lane?.remove(node);
    change();
    if (lane?.first) this.#queue.add(lane.first);
    this.refresh(node);
  }

  /** An execution of the task begins (1) or ends (-1): it holds the task's files meanwhile. */
  hold(node: TaskNode, change: 1 | -1): void {
    if (!node.task.filesScope?.length) return;
    const count = (this.#holders.get(node) ?? 0) + change;
    if (count > 0) this.#holders.set(node, count);
    else this.#holders.delete(node);
  }

  /** The best executions that can begin together, at most so many. `slots`: who could do them; left out: anybody. */
  pick(count: number, slots?: Slots): Candidate[] {
    const picked: Candidate[] = [];
    if (count <= 0) return picked;
    const holders = [...this.#holders.keys()];
    const offer = slots?.offer();
    for (const node of this.#queue.inOrder()) {
      if (holders.some((holder) => this.#isInTheWay(holder, node))) continue;
      const room = hasOwnFilesPerItem(node) ? roomOf(node) : Math.min(1, roomOf(node));
      const pending = pendingOf(node, Math.min(room, count - picked.length));
      const placed = offer ? pending.filter(() => offer.take(node.task)) : pending;
      picked.push(...placed);
      if (picked.length >= count || offer?.isEmpty) break;
      if (placed.length > 0 && node.task.filesScope?.length) holders.push(node);
    }
    return picked;
  }

  #isInTheWay(holder: TaskNode, node: TaskNode): boolean {
    if (!node.task.filesScope?.length) return false;
    if (holder === node) return !hasOwnFilesPerItem(node);
    this.steps++;
    const [one, other] = [keyOf(holder), keyOf(node)];
    if (one === other) return true;
    const pair = one < other ? `${one}\n\n${other}` : `${other}\n\n${one}`;
    const known = this.#overlaps.get(pair) ?? scopesOverlap(holder.task.filesScope!, node.task.filesScope);
    this.#overlaps.set(pair, known);
    return known;
  }

  #laneOf(node: TaskNode): ReadyQueue<TaskNode> | undefined {
    if (!node.task.filesScope?.length) return undefined;
    const { agent, track } = node.task;
    // Who waits for an agent of its own must not keep others from the same files.
    const key = this.#hasSlots ? JSON.stringify([keyOf(node), agent, track]) : keyOf(node);
    const lane = this.#lanes.get(key) ?? new ReadyQueue<TaskNode>((a, b) => this.#isBefore(a, b));
    this.#lanes.set(key, lane);
    return lane;
  }

  // Urgent first, then what most time depends on, then as planned.
  #isBefore(a: TaskNode, b: TaskNode): boolean {
    this.steps++;
    const [first, second] = [a.task.priority ?? 5, b.task.priority ?? 5];
    if (first !== second) return first > second;
    return a.rank === b.rank ? a.index < b.index : a.rank > b.rank;
  }
}

function keyOf({ task }: TaskNode): string {
  return [...(task.filesScope ?? [])].sort().join('\n');
}

/** Globs with an expression name other files for each item; without one, all items write the same files. */
function hasOwnFilesPerItem({ task }: TaskNode): boolean {
  const { filesScope = [] } = task;
  return filesScope.every((glob) => glob.includes('${{'));
}

/** How many executions of a task could begin now, slots and files aside. */
function roomOf(node: TaskNode): number {
  const { items } = node.state;
  if (!items) return node.readiness === 'ready' ? 1 : 0;
  if (node.nextItem >= items.length) return 0;
  const size = node.task.forEach?.size ?? items.length;
  return Math.max(0, Math.max(1, size) - node.running - node.waiting);
}

function pendingOf(node: TaskNode, count: number): Candidate[] {
  const { items } = node.state;
  if (!items) return [{ node, item: null }];
  const pending: Candidate[] = [];
  for (let item = node.nextItem; item < items.length && pending.length < count; item++) {
    if (items[item] === 'pending') pending.push({ node, item });
  }
  return pending;
}
