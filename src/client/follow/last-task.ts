import type { Store } from '../../store/store.ts';

/** Ids of the tasks that a run's plan had at its start, in its order; of a run that is not there, none. */
export async function plannedTasks({ runs }: Pick<Store, 'runs'>, runId: string): Promise<string[]> {
  const run = await runs.find(runId);
  return run ? (await runs.plan(run.planHash)).tasks.map(({ id }) => id) : [];
}

/**
 * Whose output stands for a run that names none: the last task in the plan that succeeded, as what was added on the way only serves those; else the last that did.
 *
 * @param planned ids of the plan's tasks, in its order
 * @param done ids in the plan of what succeeded, in any order that ends with the last
 */
export function lastTask(planned: readonly string[], done: readonly string[]): string | undefined {
  const ended = new Set(done);
  return planned.findLast((id) => ended.has(id)) ?? done.at(-1);
}
