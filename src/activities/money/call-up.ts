import { Context } from '@temporalio/activity';
import type { InnerReport, TaskControl, TaskReport } from '../../contracts/agent-task.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { summedUpBy } from '../../domain/ids/worker-id.ts';
import type { CalledUp } from '../../store/journal/waiting-calls.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

type Dependencies = Pick<ActivityDependencies, 'store'>;

/**
 * Tells calls that wait for held-back money that they fit now. Never throws: one that is not told asks again by itself.
 *
 * To be called after something was given back, or a limit was raised.
 */
export async function callUpWaiting(dependencies: Dependencies, run: Pick<FrozenRun, 'no' | 'runId'>): Promise<void> {
  await callUp(dependencies, run, () => true);
}

/** The same in a step that a run may make in the middle of its workflow task: see `wakeOthers`. @returns what the run is to hear */
export async function callUpOthers(
  dependencies: Dependencies,
  run: Pick<FrozenRun, 'no' | 'runId'>,
): Promise<InnerReport[]> {
  const isOwn = ({ workflowId }: CalledUp): boolean => workflowId === run.runId;
  const called = await callUp(dependencies, run, (one) => !isOwn(one));
  return called.filter(isOwn).map((one) => ({ taskId: taskOf(one), kind: 'called-up' }));
}

async function callUp(
  { store }: Dependencies,
  run: Pick<FrozenRun, 'no' | 'runId'>,
  isTold: (one: CalledUp) => boolean,
): Promise<CalledUp[]> {
  try {
    const called = await store.journal.callUp(run.no);
    await Promise.all(called.filter(isTold).map((one) => tell(run, one).catch(() => undefined)));
    return called;
  } catch {
    // What was paid or written before must not be lost by it.
    return [];
  }
}

/** Gives back what a call held, as nothing came of it, and calls up who waits for that. */
export async function giveBack(
  dependencies: Dependencies,
  run: FrozenRun,
  { key, token }: { key: string; token: string },
): Promise<void> {
  await dependencies.store.journal.drop(run.no, key, token);
  await callUpWaiting(dependencies, run);
}

function taskOf({ key }: CalledUp): string {
  return summedUpBy(parseModelKey(key).taskId);
}

async function tell({ runId }: Pick<FrozenRun, 'runId'>, called: CalledUp): Promise<void> {
  const { workflowId } = called;
  const taskId = taskOf(called);
  const handle = Context.current().client.workflow.getHandle(workflowId);
  // A task is a workflow of its own, or a part of the run's.
  if (workflowId === runId) await handle.signal<[TaskReport]>('taskReport', { taskId, kind: 'called-up' });
  else await handle.signal<[TaskControl]>('taskControl', { kind: 'limits' });
}
