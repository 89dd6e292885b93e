import { toInstance } from '../domain/ids/execution-id.ts';
import type { Lineage } from '../contracts/orchestrate-input.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { withDescendants } from '../domain/plan/descendants.ts';
import type { RunState } from '../domain/run/run-state.ts';
import type { PlannedReuse } from '../store/reuse/plan-reuse.ts';
import type { RunRow, Store } from '../store/store.ts';
import { UsageError } from '../domain/errors.ts';
import { formatUsd, plural } from './base/format.ts';
import { safeLine } from '../domain/safe-text.ts';
import type { Colors } from './base/terminal.ts';

/** A lineage that takes over every unchanged result of a run, but for tasks to redo. */
export function lineageOf(
  kind: Lineage['kind'],
  { runId, runKey }: Pick<RunRow, 'runId' | 'runKey'>,
  over: Partial<Pick<Lineage, 'from' | 'redo' | 'only'>> = {},
): Lineage {
  return { kind, run: runId, runKey, from: null, redo: [], only: null, ...over };
}

/** A task of a plan by id. @throws UsageError with the nearest name */
export async function checkTask({ tasks }: Plan, runId: string, id: string): Promise<string> {
  const ids = tasks.map((task) => task.id);
  const plain = toInstance(id).task;
  if (ids.includes(plain)) return id;
  const { nearestHint } = await import('../definition/source/nearest.ts');
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
  const point = points.find(({ name }) => name === from) ?? points.find(({ name }) => name.endsWith(`/${from}`));
  const isTask = plan.tasks.some((task) => task.id === toInstance(from).task);
  if (point && !(isTask && point.name !== from)) {
    return lineageOf('fork', row, { from: point.name, only: point.tasks });
  }
  if (isTask) {
    const task = toInstance(from).task;
    return lineageOf('fork', row, { from, redo: [...new Set([from, ...withDescendants(plan, task)])] });
  }
  const { nearestHint } = await import('../definition/source/nearest.ts');
  const hint = nearestHint(from, [...points.map(({ name }) => name), ...plan.tasks.map((task) => task.id)]);
  throw new UsageError(
    `run ${row.runId} has no checkpoint or task "${from}"${hint ? `; ${hint}` : ''}\n\`gaffer checkpoints ${row.runId}\` lists the checkpoints.`,
  );
}

const longestList = 12;

/** What a new run will take over, for people: what is reused and what that saves, and what is done anew. */
export function reuseLines(
  plan: Plan,
  planned: readonly PlannedReuse[],
  { state, colors }: { state: RunState; colors: Colors },
): string[] {
  const reused = new Set(planned.map(({ task }) => task));
  const anew = plan.tasks.filter(({ id }) => !reused.has(id)).map(({ id }) => id);
  const saved = planned.reduce((sum, { from }) => sum + (state.tasks.get(from)?.costUsd ?? 0), 0);
  const money = saved > 0 ? ` (${formatUsd(saved)} was paid for that before)` : '';
  return [
    ...(reused.size > 0 ? [`${colors.green('=')} reused${money}: ${listed(planned.map(({ id }) => id))}`] : []),
    ...(anew.length > 0
      ? [`${colors.cyan('●')} done anew, unless all that they read comes out the same: ${listed(anew)}`]
      : []),
    `${plural(plan.tasks.length, 'task')}: ${reused.size} reused, ${anew.length} to do`,
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length > longestList ? ` and ${names.length - longestList} more` : '';
  return `${names.slice(0, longestList).map(safeLine).join(', ')}${more}`;
}
