import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { workOfChild } from '../../domain/ids/child-id.ts';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Heartbeat } from '../../contracts/activities.ts';
import { failureTypes, type UnavailableDetail } from '../../domain/run/failure-types.ts';
import { openActivities, openFailure } from '../connection/open-payloads.ts';
import { findMissingHost } from './needed-host.ts';
import { findNeededWorker } from './needed-worker.ts';
import { findResting } from './resting.ts';

type Description = WorkflowExecutionDescription['raw'];

/** What of an activity in flight is looked at: as the server describes it, whatever it has for big numbers. */
interface PendingActivity {
  activityType?: { name?: string | null } | null;
  attempt?: number | null;
  maximumAttempts?: number | null;
  lastFailure?: LastFailure | null;
  state?: number | null;
  scheduledTime?: Timestamp;
  nextAttemptScheduleTime?: Timestamp;
  lastStartedTime?: Timestamp;
  heartbeatDetails?: NonNullable<Description['pendingActivities']>[number]['heartbeatDetails'];
}

type Failure = NonNullable<NonNullable<Description['pendingActivities']>[number]['lastFailure']>;
type LastFailure = Pick<Failure, 'message' | 'applicationFailureInfo'>;

type Timestamp = { seconds?: unknown; nanos?: number | null } | null | undefined;

interface Pending {
  pendingActivities?: readonly PendingActivity[] | null;
  pendingWorkflowTask?: {
    state?: number | null;
    scheduledTime?: Timestamp;
    originalScheduledTime?: Timestamp;
  } | null;
}

const activityTypes: Record<string, string> = {
  callModel: 'a model call',
  callTool: 'a tool run',
  preparePlan: 'the check of the plan',
  compensate: 'a compensation',
  saveCheckpoint: 'a checkpoint',
  recordProgress: 'a write to the database',
  finishRun: 'the last write to the database',
};

/** Those that run on the host that has the workspace. */
const onWorkspaceQueue: readonly string[] = ['callTool', 'compensate', 'saveCheckpoint'];

/** State of a step that is handed out to nobody yet. */
const scheduled = 1;
/** Attempts of a workflow task from which on it is no passing hiccup. */
const failingFrom = 3;
/** How many tasks in flight are looked into. */
const mostChildren = 8;
/** A step that nobody took for so long waits for a worker, in ms. */
const untakenAfterMs = 5000;

/** What Temporal says of a run (`gone`: nothing any more), and why it stands still if it does: named, not guessed. */
export async function describeStuck(
  client: Client,
  namespace: string,
  { runId: workflowId, temporalRunId }: { runId: string; temporalRunId: string },
): Promise<{ status: string; stuck: string | null }> {
  const handle = client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: temporalRunId });
  const description = await handle.describe().catch(orNull);
  if (!description) return { status: 'gone', stuck: null };
  const status = description.status.name.toLowerCase();
  if (status === 'paused') {
    return { status, stuck: `it is paused in Temporal: \`temporal workflow unpause -w ${workflowId}\` lets it go on` };
  }
  if (status !== 'running') return { status, stuck: null };
  const stuck =
    (await failingTask(client, namespace, description)) ??
    (await stepCause(client, namespace, description)) ??
    (await childrenCause(client, namespace, description.raw)) ??
    (await restCause(client, namespace, description));
  return { status, stuck };
}

/** Why a workflow task fails again and again; null: it does not. */
async function failingTask(
  client: Client,
  namespace: string,
  { raw, workflowId, runId }: WorkflowExecutionDescription,
): Promise<string | null> {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt < failingFrom) return null;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 5,
  });
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes);
  const failure = failed?.workflowTaskFailedEventAttributes?.failure;
  const { message } = failure ? await openFailure(client, failure) : {};
  const why = message ? `: ${message}` : ": see the worker's log";
  return `its workflow task fails again and again (attempt ${attempt})${why}`;
}

/**
 * What in a description keeps its workflow from going on; null: nothing that it knows of. `now` in ms since the epoch; `words`: see {@link untaken}.
 *
 * @internal
 */
export function causeOf({ pendingActivities }: Pending, now: number, words = ''): string | null {
  const [hindered] = (pendingActivities ?? []).flatMap((activity) => hindranceText(activity) ?? []);
  if (hindered !== undefined) return hindered;
  const retried = (pendingActivities ?? []).filter(({ attempt, lastFailure }) => (attempt ?? 1) > 1 && lastFailure);
  const latest = retried.toSorted((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0))[0];
  return latest ? retryText(latest, now, words) : null;
}

function retryText(activity: PendingActivity, now: number, words: string): string {
  const { attempt, maximumAttempts, lastFailure, activityType } = activity;
  const what = activityTypes[activityType?.name ?? ''] ?? 'a step';
  const message = lastFailure?.message ?? '';
  // PENDING_ACTIVITY_STATE_SCHEDULED: it waits for its next attempt, or for a worker.
  const next = activity.state === scheduled ? toMs(activity.nextAttemptScheduleTime ?? activity.scheduledTime) : null;
  const at = next !== null && next > now ? ` at ${clock(next)}` : '';
  const of = maximumAttempts ? ` of ${maximumAttempts}` : '';
  const cause = isRateLimit(lastFailure) ? 'the provider limits the rate: ' : '';
  const isUntaken = next !== null && now - next >= untakenAfterMs;
  const by = isUntaken ? `, and waits since ${clock(next)} for a worker${whichFor(activity, words)}` : '';
  return `${cause}${what} is tried again, attempt ${attempt}${of}${at}: ${message}${by}`;
}

// What is sealed for workers only is not to be read here.
function hindranceText({ activityType, heartbeatDetails, state }: PendingActivity): string | null {
  const [detail] = heartbeatDetails?.payloads ?? [];
  if (state === scheduled || !detail || Buffer.from(detail.metadata?.['encoding'] ?? []).toString() !== 'json/plain') {
    return null;
  }
  const { hindrance } = defaultPayloadConverter.fromPayload<Heartbeat>(detail);
  return `${activityTypes[activityType?.name ?? ''] ?? 'a step'} waits: ${hindrance}`;
}

function isRateLimit(failure: LastFailure | null | undefined): boolean {
  const { type, details } = failure?.applicationFailureInfo ?? {};
  const [detail] = details?.payloads ?? [];
  if (type !== failureTypes.modelUnavailable || !detail) return false;
  return defaultPayloadConverter.fromPayload<UnavailableDetail>(detail).isRateLimit;
}

async function childrenCause(client: Client, namespace: string, { pendingChildren }: Description) {
  for (const { workflowId } of (pendingChildren ?? []).slice(0, mostChildren)) {
    if (!workflowId) continue;
    const child = await describeChild(client, workflowId);
    if (!child) continue;
    const task = workOfChild(workflowId);
    const cause =
      (await failingTask(client, namespace, child)) ??
      (hasUntaken(child.raw)
        ? await stepCause(client, namespace, child)
        : causeOf({ pendingActivities: await openActivities(client, child.raw) }, Date.now()));
    if (cause) return `${task}: ${cause}`;
    const rest = hasStep(child.raw) ? null : await restCause(client, namespace, child);
    if (rest) return rest;
  }
  return null;
}

/** Which task stands still on purpose, and until when; null: none does. */
async function restCause(
  client: Client,
  namespace: string,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<string | null> {
  const resting = await findResting(client, namespace, { workflowId, runId });
  if (!resting) return null;
  const { taskId, why, until, isQueued } = resting;
  // It waits for others that are at work, so nothing is stuck: `held-text.ts` tells of it.
  if (isQueued) return null;
  if (why === null) return `${taskId} failed and is tried again at ${clock(until)}`;
  return `${taskId} rests until ${clock(until)}, or until limits.usd_per_minute is raised: ${why}`;
}

// A child that has just been started, or has just ended, may not be there to be looked at; one that went on as new has another run id.
function describeChild(client: Client, workflowId: string) {
  return client.workflow.getHandle(workflowId).describe().catch(orNull);
}

function orNull(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}

/** What keeps the next step of a workflow: that there is no worker for it, that it fails, or that nobody takes it; null: nothing. */
async function stepCause(
  client: Client,
  namespace: string,
  description: WorkflowExecutionDescription,
): Promise<string | null> {
  const { missing, words } = await findNeededWorker(client, namespace, description);
  const now = Date.now();
  if (missing) return missing;
  const host = await findMissingHost(client, namespace, untakenActivities(description.raw, now));
  if (host) return host;
  const pendingActivities = await openActivities(client, description.raw);
  return causeOf({ pendingActivities }, now, words) ?? untaken(description.raw, now, words);
}

function untakenActivities({ pendingActivities }: Description, now: number) {
  return (pendingActivities ?? []).filter(({ state, scheduledTime }) => {
    const since = toMs(scheduledTime);
    return state === scheduled && since !== null && now - since >= untakenAfterMs;
  });
}

function hasStep({ pendingWorkflowTask, pendingActivities }: Pending): boolean {
  return Boolean(pendingWorkflowTask) || (pendingActivities ?? []).length > 0;
}

function hasUntaken({ pendingWorkflowTask, pendingActivities }: Pending): boolean {
  return Boolean(pendingWorkflowTask) || (pendingActivities ?? []).some(({ state }) => state === scheduled);
}

/**
 * A step that no worker has taken yet: its queue, the workspace's host for one, has nobody. `words`: which worker the workflow's own queue needs.
 *
 * @internal
 */
export function untaken(
  { pendingWorkflowTask: task, pendingActivities }: Pending,
  now: number,
  words: string,
): string | null {
  const isLate = (since: number | null): since is number => since !== null && now - since >= untakenAfterMs;
  const since = toMs(task?.originalScheduledTime ?? task?.scheduledTime);
  if (task?.state === scheduled && isLate(since))
    return `its next step waits since ${clock(since)} for a worker${words}`;
  for (const { state, attempt, scheduledTime, activityType, lastStartedTime } of pendingActivities ?? []) {
    const waitsSince = toMs(scheduledTime);
    if (state !== scheduled || (attempt ?? 1) > 1 || lastStartedTime || !isLate(waitsSince)) continue;
    const what = activityTypes[activityType?.name ?? ''] ?? 'a step';
    return `${what} waits since ${clock(waitsSince)} for a worker${whichFor({ activityType }, words)}`;
  }
  return null;
}

// The workspace's queue has no versions.
function whichFor(
  { activityType }: { activityType?: PendingActivity['activityType'] | undefined },
  words: string,
): string {
  const isElsewhere = onWorkspaceQueue.includes(activityType?.name ?? '');
  return isElsewhere || words === '' ? ' that is free' : words;
}

function clock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

function toMs(time: Timestamp): number | null {
  return time ? Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6) : null;
}
