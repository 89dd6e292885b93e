import { UsageError } from '../../domain/errors.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { RunRow, Store } from '../../store/store.ts';
import type { RunOutput } from '../run.ts';
import { lastTask, plannedTasks } from './last-task.ts';

/**
 * The outputs that the run's file names, or the one of that name; null: it names none, or none so.
 *
 * @throws UsageError for the name of one while the run has no result
 */
export async function readNamedOutputs(
  store: Store,
  { runId, planHash, result }: Pick<RunRow, 'runId' | 'planHash' | 'result'>,
  name: string | undefined,
): Promise<Required<Pick<RunResult, 'outputs' | 'outputErrors'>> | null> {
  const { outputs = {}, outputErrors = {} } = result ?? {};
  const names = Object.keys(outputs).filter((each) => name === undefined || each === name);
  const chosen = <Value>(values: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).filter(([each]) => names.includes(each)));
  if (names.length > 0) return { outputs: chosen(outputs), outputErrors: chosen(outputErrors) };
  if (name === undefined || result !== null) return null;
  const { outputs: planned = {}, tasks } = await store.runs.plan(planHash);
  if (!Object.hasOwn(planned, name) || tasks.some(({ id }) => id === name)) return null;
  throw new UsageError(
    `output "${name}" of run "${runId}" is known when the run has ended, and it has not: \`gaffer watch ${runId}\` follows it.`,
  );
}

/**
 * What came out of a task, whole: of a `for_each` every member's, of a loop the last time around; without a name of the last task in
 * the plan that succeeded.
 *
 * @throws UsageError when there is no such task, or it has not ended
 */
export async function readOutput(
  store: Store,
  { runId, runKey }: { runId: string; runKey: string },
  name: string | undefined,
): Promise<RunOutput[]> {
  const [rows, planned] = await Promise.all([store.runs.ended(runKey), plannedTasks(store, runId)]);
  const exact = rows.filter(({ id, task }) => id === name && task !== name);
  const done = rows.flatMap(({ task, status }) => (isDone(status) ? [task] : []));
  const wanted = name ?? lastTask(planned, done);
  if (wanted === undefined) throw new UsageError(`no task of run "${runId}" has succeeded yet.`);
  const ofTask = rows.filter(({ task }) => task === wanted);
  const newest = Math.max(...ofTask.map(({ iteration }) => iteration));
  const found = exact.length > 0 ? exact : ofTask.filter(({ iteration }) => iteration === newest);
  if (found.length === 0) {
    const names = rows.map(({ id }) => id).join(', ') || 'none';
    throw new UsageError(`run "${runId}" has no task "${wanted}" that has ended; there are: ${names}.`);
  }
  const outputs = await store.runs.outputs(
    runKey,
    found.map(({ id }) => id),
  );
  return outputs.map(({ id, status, output, value }) => ({
    task: id,
    status,
    output,
    ...(value !== undefined && { value }),
  }));
}

function isDone(status: string): boolean {
  return status === 'succeeded' || status === 'reused';
}
