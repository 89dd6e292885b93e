import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { withDescendants } from '../../domain/plan/descendants.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { UsageError } from '../../domain/errors.ts';

/** A lineage that takes over every unchanged result of a run, but for tasks to redo. */
export function lineageOf(
  kind: Lineage['kind'],
  { runId, runKey }: Pick<RunRow, 'runId' | 'runKey'>,
  over: Partial<Pick<Lineage, 'from' | 'redo' | 'only'>> = {},
): Lineage {
  return { kind, run: runId, runKey, from: null, redo: [], only: null, ...over };
}

/** A task of a plan by id. @throws UsageError with the nearest name */
export async function checkTask(
  { tasks }: { tasks: readonly { id: string }[] },
  runId: string,
  id: string,
): Promise<string> {
  const ids = tasks.map((task) => task.id);
  const plain = toInstance(id).task;
  if (ids.includes(plain)) return id;
  const { nearestHint } = await import('../../domain/nearest.ts');
  const hint = nearestHint(plain, ids);
  throw new UsageError(`run ${runId} has no task "${id}"${hint ? `; ${hint}` : ''}`);
}

/** Where to fork: a checkpoint, of which everything up to it is used again, or a task, done anew with all after it. */
export async function forkPoint(
  store: Store,
  row: RunRow,
  { plan, from }: { plan: Plan; from: string },
): Promise<Lineage> {
  const points = await store.runs.checkpoints(row.runKey);
  const point = points.find(({ name }) => name === from);
  if (point) return lineageOf('fork', row, { from: point.name, only: point.tasks });
  if (plan.tasks.some((task) => task.id === toInstance(from).task)) {
    const task = toInstance(from).task;
    return lineageOf('fork', row, { from, redo: [...new Set([from, ...withDescendants(plan, task)])] });
  }
  const { nearestHint } = await import('../../domain/nearest.ts');
  const names = points.map(({ name }) => name);
  const meant = names.find((name) => name.endsWith(`/${from}`));
  const hint = meant ? `did you mean "${meant}"?` : nearestHint(from, [...names, ...plan.tasks.map((task) => task.id)]);
  throw new UsageError(
    `run ${row.runId} has no checkpoint or task "${from}"${hint ? `; ${hint}` : ''}\n\`gaffer checkpoints ${row.runId}\` lists the checkpoints.`,
  );
}
