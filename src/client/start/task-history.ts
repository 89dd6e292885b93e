import { toInstance } from '../../domain/ids/execution-id.ts';
import type { TaskHistory } from '../../domain/analysis/cost-range.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { Store } from '../../store/store.ts';
import type { Place } from '../connection/session.ts';

/** How many earlier runs of the same workflow are looked at. */
const mostRuns = 5;

/** What tasks of a workflow took in its earlier runs; null: there are none, or no database answers. Starts no Temporal, and makes no home. */
export async function findHistory(place: Place, plan: Plan): Promise<Record<string, TaskHistory> | null> {
  const { openSession } = await import('../connection/session.ts');
  const session = await openSession(place, { say: () => undefined, whenAbsent: 'read' }).catch((error: Error) => {
    // What asks for trust is told; a database that does not answer is no reason to show no plan.
    if (error.name === 'NotTrustedError') throw error;
    return null;
  });
  if (!session) return null;
  try {
    return await historyOf(session.store, plan.name);
  } finally {
    await session.close();
  }
}

/** The same from a store that is open. `model`: only runs with that kind of model; a scripted one takes no time. */
export async function historyOf(
  store: Store,
  workflow: string,
  model?: LaunchInfo['model'],
): Promise<Record<string, TaskHistory> | null> {
  const rows = await store.runs.list({ workflow, limit: mostRuns });
  const fitting = rows.filter(({ launch }) => model === undefined || launch?.model === model);
  return toHistory(fitting.flatMap(({ result }) => result ?? []));
}

/** Per task of a plan the median over results: of its executions the longest time, and all their cost. */
function toHistory(results: readonly Pick<RunResult, 'tasks'>[]): Record<string, TaskHistory> | null {
  const samples = new Map<string, TaskHistory[]>();
  for (const { tasks } of results) {
    const ofRun = new Map<string, TaskHistory>();
    for (const [id, { status, durationMs, costUsd }] of Object.entries(tasks)) {
      if (status !== 'succeeded') continue;
      const task = toInstance(id).task;
      const before = ofRun.get(task) ?? { durationMs: 0, costUsd: 0 };
      ofRun.set(task, {
        durationMs: Math.max(before.durationMs, durationMs),
        costUsd: before.costUsd + costUsd,
      });
    }
    for (const [task, history] of ofRun) samples.set(task, [...(samples.get(task) ?? []), history]);
  }
  if (samples.size === 0) return null;
  return Object.fromEntries(
    [...samples].map(([task, all]) => [
      task,
      { durationMs: median(all.map((one) => one.durationMs)), costUsd: median(all.map((one) => one.costUsd)) },
    ]),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
