import { keepLast } from '../../domain/keep-last.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { FrozenRow } from '../../store/run/frozen-row.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';

/** What stays the same for as long as a run lives. */
export interface FrozenRun extends Omit<FrozenRow, 'planLength'> {
  runKey: string;
  /** Tasks of the plan by id, and those added ones that were asked for: see `taskDefinition`. */
  tasks: Map<string, PlanTask>;
  /** Hashes of what came out of phases that are over. */
  digests: Map<number, string>;
  /** What it takes to keep it, in characters of JSON: its plan, and the tasks that were added. */
  length: number;
}

/** What is kept of a run besides its plan, about, in characters. */
const usualLength = 1000;

/** Most that is kept of runs, in characters of JSON, and how many are kept however large: more than are open at a time of one bulk, unless told. */
const usualRoom = { most: 32_000_000, least: 32 };

/** Reads runs once a process: plans are frozen, so nothing can go stale. Keeps those that were used last. */
export function createFrozenRuns(store: Store, room = usualRoom): (runKey: string) => Promise<FrozenRun> {
  return keepLast({ ...room, sizeOf: ({ length }) => length }, (runKey) => load(store, runKey));
}

/** Keeps a task that was added while the run lived: it never changes once it is there. */
export function keepAdded(run: FrozenRun, task: PlanTask): void {
  run.tasks.set(task.id, task);
  run.length += JSON.stringify(task).length;
}

async function load(store: Store, runKey: string): Promise<FrozenRun> {
  const row = await findFrozen(store.sql, runKey);
  if (!row) {
    throw new StoreError(
      'not-found',
      `the store knows no run ${runKey}; does this worker use the database of the run?`,
    );
  }
  const { planLength, ...frozen } = row;
  const tasks = new Map(frozen.plan.tasks.map((task) => [task.id, task]));
  return { ...frozen, runKey, tasks, digests: new Map(), length: usualLength + planLength };
}
