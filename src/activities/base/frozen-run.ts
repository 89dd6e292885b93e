import { keepLast } from '../../domain/keep-last.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { FrozenRow } from '../../store/run/frozen-row.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';

/** What stays the same for as long as a run lives. */
export interface FrozenRun extends FrozenRow {
  runKey: string;
  /** Tasks of the plan by id, and those added ones that were asked for: see `taskDefinition`. */
  tasks: Map<string, PlanTask>;
  /** Hashes of what came out of phases that are over. */
  digests: Map<number, string>;
}

/** Reads runs once a process: plans are frozen, so nothing can go stale. Keeps the last `size`. */
export function createFrozenRuns(store: Store, size = 200): (runKey: string) => Promise<FrozenRun> {
  return keepLast(size, (runKey) => load(store, runKey));
}

async function load(store: Store, runKey: string): Promise<FrozenRun> {
  const row = await findFrozen(store.sql, runKey);
  if (!row) {
    throw new StoreError(
      'not-found',
      `the store knows no run ${runKey}; does this worker use the database of the run?`,
    );
  }
  const tasks = new Map(row.plan.tasks.map((task) => [task.id, task]));
  return { ...row, runKey, tasks, digests: new Map() };
}
