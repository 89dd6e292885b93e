import type { FileScope } from '../plan/glob-overlap.ts';
import { overlapOf, toFileScope } from '../plan/glob-overlap.ts';
import type { OrderedTask } from '../plan/phase-order.ts';
import { toPhaseOrder } from '../plan/phase-order.ts';
import type { TaskGraph } from '../plan/task-graph.ts';
import { findCycle, topologicalOrder } from '../plan/task-graph.ts';
import type { Workspace } from '../plan/plan.ts';
import { filesOf } from '../plan/workspace.ts';

/** Two tasks that could run at once but for their files; one task alone: items of its `for_each`. */
export interface FileConflict {
  tasks: [string] | [string, string];
  /** A glob of each that can name the same file. */
  globs: [string, string];
}

/** What {@link fileConflicts} looks at. */
export interface ScopedTask extends OrderedTask {
  filesScope?: string[];
  workspace?: Workspace;
  forEach?: object | null;
}

// Enough for people to read; a plan with more has one cause for many of them.
const mostConflicts = 200;
const mostScopedTasks = 2000;

/**
 * Tasks whose files overlap and that no dependency keeps apart: they run one after the other, in the order of the plan.
 *
 * `isComplete` is false when there are more than 200, or more than 2,000 tasks with files: then the first ones are looked at.
 */
export function fileConflicts(tasks: readonly ScopedTask[]): { conflicts: FileConflict[]; isComplete: boolean } {
  const all = tasks.filter(({ filesScope }) => filesScope?.length);
  const scoped = all.slice(0, mostScopedTasks);
  const order = toPhaseOrder(tasks);
  if (scoped.length === 0 || findCycle(order)) return { conflicts: [], isComplete: scoped.length === 0 };
  const scopes = scoped.map((task) => toFileScope(globsOf(task)));
  const before = ancestorsOf(order, scoped);
  const conflicts: FileConflict[] = [];
  for (const [index, task] of scoped.entries()) {
    const own = itemConflict(task);
    if (own) conflicts.push(own);
    for (let other = index + 1; other < scoped.length && conflicts.length <= mostConflicts; other++) {
      const another = scoped[other]!;
      if (before.has(task.id, other) || before.has(another.id, index)) continue;
      const globs = overlapOf(scopes[index]!, scopes[other] as FileScope);
      if (globs) conflicts.push({ tasks: [task.id, another.id], globs });
    }
  }
  const isComplete = conflicts.length <= mostConflicts && all.length === scoped.length;
  return { conflicts: conflicts.slice(0, mostConflicts), isComplete };
}

function globsOf({ filesScope = [], workspace }: ScopedTask): string[] {
  return filesOf({ filesScope, ...(workspace && { workspace }) });
}

function itemConflict(task: ScopedTask): FileConflict | undefined {
  const { id, forEach } = task;
  const shared = forEach && globsOf(task).find((glob) => !glob.includes('${{'));
  return shared ? { tasks: [id], globs: [shared, shared] } : undefined;
}

/** Which of the given tasks must end before a task starts: a bit for each, as there may be thousands of both. */
function ancestorsOf(order: TaskGraph, scoped: readonly ScopedTask[]): { has: (id: string, index: number) => boolean } {
  const words = Math.ceil(scoped.length / 32);
  const indexOf = new Map(scoped.map(({ id }, index) => [id, index]));
  const bitsOf = new Map<string, Uint32Array>();
  for (const id of topologicalOrder(order)) {
    const bits = new Uint32Array(words);
    for (const other of order.get(id)!) {
      const inherited = bitsOf.get(other);
      if (inherited) for (let word = 0; word < words; word++) bits[word]! |= inherited[word]!;
      const index = indexOf.get(other);
      if (index !== undefined) bits[index >> 5]! |= 1 << (index & 31);
    }
    bitsOf.set(id, bits);
  }
  return { has: (id, index) => ((bitsOf.get(id)![index >> 5]! >>> (index & 31)) & 1) === 1 };
}
