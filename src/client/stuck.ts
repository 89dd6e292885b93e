import type { Client } from '@temporalio/client';

const activityTypes: Record<string, string> = {
  callModel: 'a model call',
  callTool: 'a tool run',
  preparePlan: 'the plan',
};

/** What Temporal says of a run, and why it stands still if it does: named, not guessed. */
export async function describeStuck(
  client: Client,
  namespace: string,
  workflowId: string,
  runId: string,
): Promise<{ status: string; stuck: string | null }> {
  const description = await client.workflow.getHandle(workflowId, runId).describe();
  const status = description.status.name.toLowerCase();
  if (status !== 'running') return { status, stuck: null };
  const { raw } = description;
  const failing = raw.pendingWorkflowTask?.attempt ?? 0;
  if (failing > 2)
    return { status, stuck: `its workflow task fails again and again (attempt ${failing}): see the worker's log` };
  for (const activity of raw.pendingActivities ?? []) {
    const attempt = activity.attempt ?? 1;
    if (attempt > 1 && activity.lastFailure?.message) {
      const what = activityTypes[activity.activityType?.name ?? ''] ?? 'a step';
      const of = activity.maximumAttempts ? ` of ${activity.maximumAttempts}` : '';
      return { status, stuck: `${what} is tried again, attempt ${attempt}${of}: ${activity.lastFailure.message}` };
    }
  }
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: description.taskQueue },
    taskQueueType: 1,
  });
  if (!pollers?.length)
    return { status, stuck: `no worker polls the task queue ${description.taskQueue}: start \`gaffer worker\`` };
  return { status, stuck: null };
}
