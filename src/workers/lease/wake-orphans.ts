/*
 * O1 Each open workflow is looked at, however many there are, and one that cannot be looked at keeps none of the others from it. The search
 *    rejects then: somebody has to come back.
 * O2 No clock is asked whether a step speaks to Temporal, as those of machines differ: it is looked at twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError, Client, isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { LeaseEnd } from '../../store/leases/worker-leases.ts';
import { giveBackWorkflowTask } from './give-back.ts';

const pageSize = 500;
const atOnce = 10;

// A worker that lives and hears no words has its steps speak each second.
const betweenLooksMs = 5000;

const started = 2;
const cancelRequested = 3;

/** Where to look, and for whom. */
export interface OrphanSearch {
  namespace: string;
  taskQueue: string;
  /** How the worker that is called so ended; null: it has not. Of one that was `silent` those steps are left alone that speak to Temporal. */
  endOf: (identity: string | null | undefined) => LeaseEnd | null;
  /** Ends the search. */
  signal: AbortSignal;
}

/** When Temporal heard of steps of silent workers, by its own clock: by run and activity. */
type Heard = ReadonlyMap<string, string>;

/** A part of a list of workflows. */
interface WorkflowPage {
  executions?: { execution?: Execution | null }[] | null;
  nextPageToken?: Uint8Array | null;
}

type Execution = { workflowId?: string | null; runId?: string | null };

/** What a look came to. */
interface Look {
  woken: number;
  /** Steps of silent workers that are to be looked at once more, and where they are. */
  heard: Map<string, string>;
  again: Execution[];
  errors: unknown[];
}

/**
 * Has Temporal hand out at once what dead workers had in hand.
 *
 * Its own timeouts would do so too, much later: the heartbeat's, that of an activity without one, the workflow task's, and the sticky
 * queue's, in which the next step of a run waits for the worker that had the run in memory.
 *
 * @returns how many activities were woken
 * @throws the first of the server's errors, when everything was looked at (O1)
 */
export async function wakeOrphans(
  connection: NativeConnection,
  search: OrphanSearch,
  timing = { betweenLooksMs },
): Promise<number> {
  const client = new Client({ connection, namespace: search.namespace });
  const looks = [await lookAt(client, search, await openWorkflows(client, search), new Map())];
  const [{ again, heard }] = looks as [Look];
  if (again.length > 0) {
    await sleep(timing.betweenLooksMs, undefined, { signal: search.signal });
    looks.push(await lookAt(client, search, again, heard));
  }
  const errors = looks.flatMap((look) => look.errors);
  if (errors.length > 0) throw errors[0];
  return looks.reduce((sum, { woken }) => sum + woken, 0);
}

async function openWorkflows(client: Client, { namespace, taskQueue }: OrphanSearch): Promise<Execution[]> {
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const found: Execution[] = [];
  let next: Uint8Array | null = null;
  do {
    const request = { namespace, query, pageSize, nextPageToken: next };
    const page: WorkflowPage = await client.workflowService.listWorkflowExecutions(request);
    found.push(...(page.executions ?? []).flatMap(({ execution }) => execution ?? []));
    next = page.nextPageToken?.length ? page.nextPageToken : null;
  } while (next);
  return found;
}

async function lookAt(client: Client, search: OrphanSearch, executions: Execution[], before: Heard): Promise<Look> {
  const waiting = [...executions];
  const look: Look = { woken: 0, heard: new Map(), again: [], errors: [] };
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      try {
        const { woken, unsure } = await wake(client, search, next, before);
        look.woken += woken;
        for (const [step, at] of unsure) look.heard.set(step, at);
        if (unsure.length > 0) look.again.push(next);
      } catch (error) {
        if (!isOver(error)) look.errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return look;
}

// A run may end, or a living worker may report, while we look at it.
function isOver(error: unknown): boolean {
  return error instanceof ActivityNotFoundError || (isGrpcServiceError(error) && error.code === notFound);
}

async function wake(
  client: Client,
  search: OrphanSearch,
  execution: Execution,
  before: Heard,
): Promise<{ woken: number; unsure: [string, string][] }> {
  const { namespace } = search;
  const [{ pendingActivities, pendingWorkflowTask }, { history }] = await Promise.all([
    client.workflowService.describeWorkflowExecution({ namespace, execution }),
    client.workflowService.getWorkflowExecutionHistoryReverse({ namespace, execution, maximumPageSize: 50 }),
  ]);
  const last = history?.events?.find((event) => event.workflowTaskStartedEventAttributes);
  if (search.endOf(last?.workflowTaskStartedEventAttributes?.identity) !== null) {
    // First of all: what is woken below must not wait in the dead worker's own queue.
    await client.workflowService.resetStickyTaskQueue({ namespace, execution });
    const isInHand = last === history?.events?.[0] && pendingWorkflowTask?.state === started;
    // It may have timed out meanwhile, and a server may know no such task: then it is left to its timeout.
    const scheduledEventId = Number(last?.workflowTaskStartedEventAttributes?.scheduledEventId);
    if (isInHand) await giveBackWorkflowTask(client, { namespace, execution, scheduledEventId }).catch(rethrowBusy);
  }
  const unsure: [string, string][] = [];
  const orphans = (pendingActivities ?? []).filter((activity) => {
    const ended = search.endOf(activity.lastWorkerIdentity);
    if (ended === null || (activity.state !== started && activity.state !== cancelRequested)) return false;
    const [step, at] = [`${execution.runId} ${activity.activityId}`, heardAt(activity)];
    if (ended === 'gone' || before.get(step) === at) return true;
    // O2: what spoke, or began, between two looks is at work.
    if (before.size === 0) unsure.push([step, at]);
    return false;
  });
  return { woken: await wakeSteps(client, execution, orphans), unsure };
}

type Step = { activityId?: string | null; state?: unknown };

async function wakeSteps(client: Client, { workflowId, runId }: Execution, steps: readonly Step[]): Promise<number> {
  const answers = await Promise.allSettled(
    steps.map(({ activityId, state }) => {
      const id = { workflowId: workflowId!, runId: runId!, activityId: activityId! };
      return state === started ? client.activity.fail(id, killed()) : client.activity.reportCancellation(id);
    }),
  );
  const failed = answers.find((answer) => answer.status === 'rejected' && !isOver(answer.reason));
  if (failed?.status === 'rejected') throw failed.reason;
  return answers.filter(({ status }) => status === 'fulfilled').length;
}

// CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE
const notNow = [1, 4, 8, 14];
const notFound = 5;

function rethrowBusy(error: unknown): void {
  if (isGrpcServiceError(error) && notNow.includes(error.code)) throw error;
}

type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;

function heardAt(activity: { lastHeartbeatTime?: Time; lastStartedTime?: Time }): string {
  const { seconds, nanos } = activity.lastHeartbeatTime ?? activity.lastStartedTime ?? {};
  return `${String(seconds)}.${nanos ?? 0}`;
}

function killed(): ApplicationFailure {
  const message = 'the worker that ran this step was killed';
  return ApplicationFailure.create({ type: failureTypes.superseded, message, nextRetryDelay: '1 ms' });
}
