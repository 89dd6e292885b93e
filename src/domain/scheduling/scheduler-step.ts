import { whyDoomed } from './edge-rules.ts';
import type { Instance } from '../ids/execution-id.ts';
import { toInstanceId } from '../ids/execution-id.ts';
import type { SchedulerCore } from './scheduler-books.ts';
import { instanceIdOf } from './task-node.ts';

/** An execution that can begin. */
export interface ReadyTask extends Instance {
  /** See `toInstanceId`. */
  id: string;
  /** How often a person had the task done anew. */
  epoch: number;
}

/** A loop: of a task, or of a phase by its index. */
export type LoopName = { task: string } | { phase: number };

/** What to do now. */
export interface SchedulerStep {
  /** Executions to begin, best first; at most the free slots, and no two that write the same files. */
  start: ReadyTask[];
  /**
   * Tasks to give up, because what they depend on did not come about: end them as `skipped`. `isLost`: work is missing because something failed,
   * was cancelled, undone or skipped, is not there, or waits for itself; false, without `strictSkips` alone: all that they miss was skipped.
   */
  skip: { id: string; reason: string; isLost: boolean }[];
  /** Loops of which an iteration has ended: ask whether they are over. */
  loops: { loop: LoopName; iteration: number }[];
}

/** Reads off what to do now; changes nothing. */
export function toStep(core: SchedulerCore, maxParallel: number): SchedulerStep {
  const start = core.ready.pick(maxParallel - core.running, core.slots).map(({ node, item }) => {
    const instance = { task: node.task.id, item, iteration: node.state.iteration };
    return { ...instance, id: toInstanceId(instance), epoch: node.state.epoch };
  });
  const doomed = [...core.doomed].sort((a, b) => a.index - b.index);
  const skip = doomed.map((node) => ({ id: instanceIdOf(node, null), ...whyDoomed(node, core.strictSkips) }));
  const stuck = core.findStuck();
  if (stuck) skip.push({ id: instanceIdOf(stuck, null), reason: 'it waits for tasks that wait for it', isLost: true });
  return { start, skip, loops: endedLoops(core) };
}

// Phases first, each kind in plan order: the order in which they ended must not matter.
function endedLoops({ graph }: SchedulerCore): SchedulerStep['loops'] {
  const loops = [...graph.loops].map((loop) =>
    'task' in loop
      ? { isTask: 1, index: loop.index, check: { loop: { task: loop.task.id }, iteration: loop.state.iteration } }
      : { isTask: 0, index: loop.index, check: { loop: { phase: loop.index }, iteration: loop.iteration } },
  );
  return loops.sort((a, b) => a.isTask - b.isTask || a.index - b.index).map(({ check }) => check);
}
