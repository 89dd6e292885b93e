import { condition } from '@temporalio/workflow';
import type { ToolWait } from '../../contracts/turn.ts';
import { standSummary } from '../../domain/run/timer-words.ts';
import { toSummary } from './cosmetics.ts';

/** Words that a task gets about what its calls wait for: how often each key was called since the turn began. */
export class WakeCalls {
  readonly #counts = new Map<string, number>();

  countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  call(key: string): void {
    this.#counts.set(key, this.countOf(key) + 1);
  }

  /** A turn begins: what its calls wait for, they look for first. */
  clear(): void {
    this.#counts.clear();
  }
}

/** What a task that stands still hears. */
interface Surroundings {
  taskId: string;
  calls: WakeCalls;
  /** How often its run was paused. */
  pauses: () => number;
  /** Waits while the run is paused. */
  gate: () => Promise<void>;
}

/** See `RunLink.stand`. */
export async function standStill(
  { taskId, calls, pauses, gate }: Surroundings,
  { key, until, what }: ToolWait,
  seen: number,
): Promise<number> {
  const options = { summary: toSummary(standSummary(taskId, what)) };
  for (;;) {
    await gate();
    const leftMs = until === null ? null : Date.parse(until) - Date.now();
    if (calls.countOf(key) > seen || (leftMs !== null && leftMs <= 0)) return calls.countOf(key);
    const paused = pauses();
    const isOver = (): boolean => calls.countOf(key) > seen || pauses() !== paused;
    if (leftMs === null) await condition(isOver);
    else await condition(isOver, leftMs, options);
  }
}

/** Tells when the first of several that stand still side by side begins to, and when the last one goes on. */
export function tellStanding(
  tell: (isStanding: boolean) => Promise<void>,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let count = 0;
  return async (work) => {
    if (count++ === 0) await tell(true);
    try {
      return await work();
    } finally {
      if (--count === 0) await tell(false);
    }
  };
}
