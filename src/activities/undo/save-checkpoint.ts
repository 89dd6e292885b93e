import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { SaveCheckpointInput } from '../../contracts/progress.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import { appendNew } from '../../store/run/events.ts';
import { findCheckpoint } from '../../store/run/checkpoints.ts';
import type { Sql } from '../../store/database/sql.ts';
import { isPassing } from '../../store/store.ts';
import { begunTasks } from '../../store/task/task-rows.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { takeSnapshots } from './take-snapshots.ts';
import { keepCheckpoint } from '../run/keep-checkpoint.ts';

type CheckpointDependencies = Pick<ActivityDependencies, 'store' | 'workspaceHost' | 'folderProblem'>;

/**
 * Keeps a point to fork from: results, where the conversations stand, and in a git repository the files. Keeping it again changes nothing.
 *
 * The run goes on without it, so its story tells when the last attempt has failed too.
 */
export async function saveCheckpoint(
  dependencies: CheckpointDependencies,
  run: FrozenRun,
  input: SaveCheckpointInput,
): Promise<{ snapshot: string | null }> {
  try {
    return await save(dependencies, run, input);
  } catch (error) {
    const { attempt, retryPolicy } = Context.current().info;
    const isLast = attempt >= (retryPolicy?.maximumAttempts ?? Infinity);
    // A database that is away is waited for (I3): the step has not failed.
    if (isLast && !isPassing(error) && !(error instanceof CancelledFailure)) {
      await tellUnsaved(dependencies, run, { ...input, error }).catch(() => undefined);
    }
    throw error;
  }
}

async function tellUnsaved(
  { store }: CheckpointDependencies,
  run: FrozenRun,
  { checkpoint, after, error }: SaveCheckpointInput & { error: unknown },
): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const key = `checkpoint-error/${checkpoint}`;
  await store.events.append(run.runKey, [{ key, type: 'checkpoint:error', checkpoint, after, error: text }]);
}

async function save(
  dependencies: CheckpointDependencies,
  run: FrozenRun,
  { checkpoint, after }: SaveCheckpointInput,
): Promise<{ snapshot: string | null }> {
  const { store } = dependencies;
  const kept = await findCheckpoint(store.sql, run.no, checkpoint);
  if (kept) return { snapshot: kept.snapshot };
  const tasks = await usedTasks(store.sql, run, checkpoint);
  const files = await withHeartbeat((signal) => takeSnapshots(dependencies, run, { checkpoint, tasks }, signal));
  await store.transaction(async (sql) => {
    await appendNew(sql, run.no, [await keepCheckpoint(sql, run.no, { checkpoint, after, ...files })]);
  });
  return { snapshot: files.snapshot };
}

// Before anything began: all of them, as a compensation may want to know how its folder looked.
async function usedTasks(sql: Sql, run: FrozenRun, checkpoint: string): Promise<PlanTask[]> {
  if (checkpoint === 'start') return run.plan.tasks;
  const tasks: PlanTask[] = [];
  for (const id of await begunTasks(sql, run.no)) {
    const task = await taskDefinition(sql, run, id);
    if (task) tasks.push(task);
  }
  return tasks;
}
