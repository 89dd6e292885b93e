import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Timestamp = { seconds?: unknown } | null | undefined;

/**
 * A queue of a host, as far as it is looked at.
 *
 * @internal
 */
export interface HostQueue {
  name: string;
  pollers: readonly { lastAccessTime?: Timestamp }[];
}

const ofActivities = 2;
/** A worker asks for work anew at least once a minute; the server lists who asked in the last five. */
const aliveWithinMs = 120_000;

/** On which host nobody takes a step that waits there, with the way out; null: on none. `waiting`: steps that nobody has taken for a while. */
export async function findMissingHost(
  client: Client,
  namespace: string,
  waiting: readonly PendingActivity[],
): Promise<string | null> {
  const names = new Set(waiting.flatMap(({ activityOptions }) => activityOptions?.taskQueue?.name ?? []));
  for (const name of names) {
    if (!name.includes('@')) continue;
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType: ofActivities,
    });
    const missing = missingHost({ name, pollers: pollers ?? [] }, Date.now());
    if (missing) return missing;
  }
  return null;
}

/**
 * The same, from what the server said. `now` in ms since the epoch.
 *
 * @internal
 */
export function missingHost({ name, pollers }: HostQueue, now: number): string | null {
  if (pollers.some(({ lastAccessTime: at }) => now - Number(at?.seconds ?? 0) * 1000 < aliveWithinMs)) return null;
  const at = name.lastIndexOf('@');
  const [queue, host] = [name.slice(0, at), name.slice(at + 1)];
  return (
    `the host ${host}, which has the workspace, has no worker: start \`gaffer worker --task-queue ${queue}\` there, ` +
    `or with GAFFER_HOST=${host} on another machine that has the same folder`
  );
}
