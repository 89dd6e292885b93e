import { ReadyQueue } from '../scheduling/ready-queue.ts';
import type { SchedulablePlan } from '../scheduling/scheduler.ts';
import { Scheduler } from '../scheduling/scheduler.ts';

/** How a plan is played through. */
export interface MakespanOptions {
  maxParallel: number;
  /** How long one execution takes, in ms. */
  durationMs: (taskId: string) => number;
  /** Whether loops run as often as they may, or once. */
  loopsRunFully: boolean;
}

/** How long a plan takes when every task succeeds, in ms: played through with the scheduler that runs it. A `for_each` counts as one item. */
export function makespanOf(plan: SchedulablePlan, { maxParallel, durationMs, loopsRunFully }: MakespanOptions): number {
  const scheduler = new Scheduler(plan, { maxParallel });
  const running = new ReadyQueue<{ id: string; endsAtMs: number; number: number }>((a, b) =>
    a.endsAtMs === b.endsAtMs ? a.number < b.number : a.endsAtMs < b.endsAtMs,
  );
  let nowMs = 0;
  for (let number = 0; !scheduler.isOver;) {
    const { start, skip, loops } = scheduler.next();
    for (const { id } of skip) scheduler.end(id, 'skipped');
    for (const { loop } of loops) scheduler.loopEnded(loop, !loopsRunFully);
    for (const { id, task } of start) {
      scheduler.begin(id);
      running.add({ id, endsAtMs: nowMs + durationMs(task), number: number++ });
    }
    if (start.length + skip.length + loops.length > 0) continue;
    const first = running.first;
    if (!first) return nowMs;
    running.remove(first);
    nowMs = first.endsAtMs;
    scheduler.end(first.id, 'succeeded');
  }
  return nowMs;
}
