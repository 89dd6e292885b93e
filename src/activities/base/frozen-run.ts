import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';

/** What stays the same for as long as a run lives. */
export interface FrozenRun {
  /** Its row number in the store. */
  no: number;
  runKey: string;
  runId: string;
  board: string;
  plan: Plan;
  launch: LaunchInfo | null;
  /** Where it comes from; null: it is the first. */
  lineage: Lineage | null;
  /** Tasks of the plan by id, and those added ones that were asked for: see `taskDefinition`. */
  tasks: Map<string, PlanTask>;
  /** Hashes of what came out of phases that are over. */
  digests: Map<number, string>;
}

/** Reads runs once a process: plans are frozen, so nothing can go stale. Keeps the last `size`. */
export function createFrozenRuns(store: Store, size = 200): (runKey: string) => Promise<FrozenRun> {
  const kept = new Map<string, Promise<FrozenRun>>();
  return (runKey) => {
    const known = kept.get(runKey);
    if (known) return known;
    const loading = load(store, runKey);
    kept.set(runKey, loading);
    // A failed read must not be remembered: the next attempt asks again.
    loading.catch(() => kept.delete(runKey));
    if (kept.size > size) kept.delete(kept.keys().next().value!);
    return loading;
  };
}

async function load(store: Store, runKey: string): Promise<FrozenRun> {
  const { rows } = await store.sql.query<{
    no: number;
    run_id: string;
    board: string;
    plan: Plan;
    launch: LaunchInfo | null;
    lineage: Lineage | null;
  }>(
    'select r.no, r.run_id, r.board, r.launch, r.lineage, p.plan from runs r join plans p on p.hash = r.plan_hash where r.run_key = $1',
    [runKey],
  );
  const row = rows[0];
  if (!row) {
    throw new StoreError(
      'not-found',
      `the store knows no run ${runKey}; does this worker use the database of the run?`,
    );
  }
  const tasks = new Map(row.plan.tasks.map((task) => [task.id, task]));
  const { no, board, plan, launch, lineage } = row;
  return { no, runKey, runId: row.run_id, board, plan, launch, lineage, tasks, digests: new Map() };
}
