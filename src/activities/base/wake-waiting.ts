import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { InnerReport, TaskControl, TaskReport } from '../../contracts/agent-task.ts';
import type { CalledWait } from '../../store/wakes/waits.ts';
import type { FrozenRun } from './frozen-run.ts';

type Client = Context['client'];

/**
 * Tells those who stand still that what they wait for may be there, after the transaction in which it was made so.
 *
 * @throws what Temporal answers, so that the step is done again and the word is not lost; who is gone needs none
 */
export async function wakeWaiting({ runId }: Pick<FrozenRun, 'runId'>, called: readonly CalledWait[]): Promise<void> {
  if (called.length > 0) await tellCalled(Context.current().client, runId, called);
}

/**
 * The same in a step that a run may make in the middle of its workflow task. A server that has refused a run's end takes no signal for it until
 * that task is done, which would wait for the step: so what is a part of the run hears of it by the step's result.
 *
 * @returns what it is to hear
 * @throws as {@link wakeWaiting} does
 */
export async function wakeOthers(run: Pick<FrozenRun, 'runId'>, called: readonly CalledWait[]): Promise<InnerReport[]> {
  const isOwn = ({ workflowId }: CalledWait): boolean => workflowId === run.runId;
  await wakeWaiting(
    run,
    called.filter((one) => !isOwn(one)),
  );
  return called.filter(isOwn).map(({ taskId, key }) => ({ taskId, kind: 'woken', key }));
}

/** The same outside of an activity. @throws what Temporal answers */
export async function tellCalled(client: Client, runId: string, called: readonly CalledWait[]): Promise<void> {
  await Promise.all(called.map((one) => tell(client, runId, one).catch(unlessGone)));
}

async function tell(client: Client, runId: string, { key, workflowId, taskId }: CalledWait): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  // A task is a workflow of its own, or a part of the run's.
  if (workflowId === runId) await handle.signal<[TaskReport]>('taskReport', { taskId, kind: 'woken', key });
  else await handle.signal<[TaskControl]>('taskControl', { kind: 'woken', key });
}

function unlessGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
