import type { Client } from '@temporalio/client';
import protobuf from 'protobufjs/minimal.js';

/** A workflow task that somebody has in hand. */
export interface TaskInHand {
  namespace: string;
  execution: { workflowId?: string | null; runId?: string | null };
  /** `scheduledEventId` of the event that says who took it. */
  scheduledEventId: number;
}

/**
 * Gives the first try of a workflow task back for somebody who died with it, so that the next worker has it at once and not when its
 * time is over.
 *
 * Temporal has no call for that: only who holds the token of a task may answer for it. The token is not a secret but the task's place, in a
 * form that servers have read since 1.0 (`temporal.server.api.token.v1.Task`).
 *
 * @throws the server's error when it knows no such task, or writes its tokens in another way
 */
export async function giveBackWorkflowTask(client: Client, task: TaskInHand): Promise<void> {
  const { namespace, execution, scheduledEventId } = task;
  const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace });
  const writer = protobuf.Writer.create();
  [namespaceInfo?.id, execution.workflowId, execution.runId].forEach((text, index) => {
    writer.uint32(((index + 1) << 3) | lengthDelimited).string(text ?? '');
  });
  writer.uint32(4 << 3).int64(scheduledEventId);
  writer.uint32(5 << 3).int32(firstAttempt);
  await client.workflowService.respondWorkflowTaskFailed({
    namespace,
    taskToken: writer.finish(),
    cause: unspecified,
    failure: {
      message: 'the worker that had this workflow task was killed',
      applicationFailureInfo: { type: 'Superseded' },
    },
  });
}

const lengthDelimited = 2;
const firstAttempt = 1;
const unspecified = 0;
