import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { TaskControl, TaskReport } from '../../contracts/agent-task.ts';
import type { CalledWait } from '../../store/wakes/waits.ts';
import type { FrozenRun } from './frozen-run.ts';

/**
 * Tells those who stand still that what they wait for may be there, after the transaction in which it was made so.
 *
 * @throws what Temporal answers, so that the step is done again and the word is not lost; who is gone needs none
 */
export async function wakeWaiting(run: Pick<FrozenRun, 'runId'>, called: readonly CalledWait[]): Promise<void> {
  await Promise.all(called.map((one) => tell(run, one).catch(unlessGone)));
}

async function tell({ runId }: Pick<FrozenRun, 'runId'>, { key, workflowId, taskId }: CalledWait): Promise<void> {
  const handle = Context.current().client.workflow.getHandle(workflowId);
  // A task is a workflow of its own, or a part of the run's.
  if (workflowId === runId) await handle.signal<[TaskReport]>('taskReport', { taskId, kind: 'woken', key });
  else await handle.signal<[TaskControl]>('taskControl', { kind: 'woken', key });
}

function unlessGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
