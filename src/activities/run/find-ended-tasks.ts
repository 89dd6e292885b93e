import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { foreignAnswerReason, isForeign } from '../../domain/foreign.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { AgentTaskProgress, TaskEnd } from '../../contracts/agent-task.ts';

/** How child workflows ended that may have died without a word, in their order; null: one that has not ended. */
export async function findEndedTasks({ workflowIds }: { workflowIds: string[] }): Promise<(TaskEnd | null)[]> {
  const { client } = Context.current();
  return Promise.all(
    workflowIds.map(async (workflowId) => {
      const handle = client.workflow.getHandle(workflowId);
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') return null;
      return handle.result().then(
        (progress): TaskEnd =>
          isForeign(progress) ? foreign : { kind: 'done', progress: progress as AgentTaskProgress },
        (error: unknown) => toEnd(error, status.name),
      );
    }),
  );
}

const foreign: TaskEnd = {
  ...{ kind: 'failed', type: failureTypes.foreignAnswer, message: foreignAnswerReason, progress: null },
};

function toEnd(error: unknown, status: string): TaskEnd {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof CancelledFailure) return { kind: 'cancelled' };
  const message = `its workflow ended without a word: ${status.toLowerCase()}`;
  if (!(cause instanceof ApplicationFailure)) {
    return { kind: 'failed', type: 'Error', message, progress: null };
  }
  if (cause.details?.some(isForeign)) return foreign;
  const progress = (cause.details?.[0] as AgentTaskProgress | undefined) ?? null;
  return { kind: 'failed', type: cause.type ?? 'Error', message: cause.message, progress };
}
