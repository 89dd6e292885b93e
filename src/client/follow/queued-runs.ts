import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../../domain/errors.ts';
import { defaultTenant, isOf, tenantPrefix } from '../../domain/ids/tenant.ts';
import { isRunPriority } from '../../domain/run-priority.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import type { Session } from '../connection/session.ts';
import type { RunView } from '../run-view.ts';
import type { RunEntry } from '../runs.ts';
import type { RunRow } from '../../store/store.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import { emptyRunState } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { RunIdentity } from '../start/start-workflow.ts';
import { toRunView } from './to-run-view.ts';

/** Why a run ended that had not started. */
const cancelledEarly = 'cancelled before it started';

/** How long a list waits for Temporal's word, in ms. */
const withinMs = 3000;
const mostListed = 500;
/** How many of all runs that wait for their time are looked at for those of one tenant. */
const mostSeen = 2000;

/** A run that has its time to start still before it: only Temporal knows of it. */
export type QueuedRun = RunEntry & { startsAt: string };

/** A run that Temporal has, and that no worker has begun. Without `startsAt` it may at any moment. */
export type UnbegunRun = RunEntry;

/** A run that has its time to start still before it, as Temporal describes it; null: it has begun, or there is none. */
async function describeQueued(client: Client, runId: string): Promise<QueuedRun | null> {
  const found = await describeOpen(client, runId);
  const at = found && queuedUntil(found);
  return at ? toEntry(found, at) : null;
}

/** A run that goes on, as Temporal describes it; null: there is none. */
async function describeOpen(client: Client, runId: string): Promise<WorkflowExecutionDescription | null> {
  const found = await client.workflow
    .getHandle(runId)
    .describe()
    .catch((error: unknown) => {
      // By its name: whoever only lists runs does without the SDK, which takes long to load.
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') return null;
      throw error;
    });
  return found?.type === 'orchestrate' && found.status.name === 'RUNNING' ? found : null;
}

// A first workflow task that is handed out says that its time has come.
function queuedUntil({
  executionTime,
  startTime,
  historyLength,
}: Pick<WorkflowExecutionInfo, 'executionTime' | 'startTime' | 'historyLength'>): Date | null {
  const isLater = executionTime !== undefined && executionTime > startTime && executionTime.getTime() > Date.now();
  return isLater && historyLength <= 1 ? executionTime : null;
}

/** Refuses what only a run can answer that has started: Temporal begins one that is asked before its time, there and then. @throws UsageError when it has not */
export async function refuseQueued(session: Session, runId: string): Promise<void> {
  const queued = await askTemporal(session, ({ client }) => describeQueued(client, runId));
  if (queued) throw notBegun(queued);
}

/** What is said to whoever wants something of a run that is not there yet. */
export function notBegun({ runId, startsAt }: QueuedRun): UsageError {
  return new UsageError(`run ${runId} is queued: it starts at ${startsAt}. \`gaffer cancel ${runId}\` takes it back.`);
}

/** Takes back a run that has not started. @returns whether there was one */
export function endQueued(session: Session, { runId, temporalRunId }: RunIdentity): Promise<boolean> {
  return askTemporal(session, async ({ client }) => {
    if (!(await describeQueued(client, runId))) return false;
    const handle = client.workflow.getHandle(runId, undefined, { firstExecutionRunId: temporalRunId });
    await handle.terminate(cancelledEarly);
    await session.store.runs.releaseForRun(runId);
    return true;
  });
}

/** The same as whoever looks at any other run sees it. */
export function viewOfUnbegun(run: UnbegunRun): RunView {
  const row: RunRow = {
    ...{ runId: run.runId, runKey: '', temporalRunId: '', workflow: run.workflow, status: 'queued', reason: null },
    ...{
      planHash: '',
      board: run.board,
      workspace: run.workspace,
      launch: null,
      lineage: null,
      lastSeq: 0,
      spentUsd: 0,
    },
    ...{ totalTokens: 0, startedAt: run.startedAt, endedAt: null, result: null },
  };
  const standing = { row, state: emptyRunState, status: 'queued', stuck: null, workspaces: {} };
  // No time of it has gone by.
  const view = toRunView(standing, Date.parse(run.startedAt));
  return {
    ...view,
    ...(run.startsAt !== undefined && { startsAt: run.startsAt }),
    ...(run.priority && { priority: run.priority }),
    ...(run.labels && { labels: run.labels }),
  };
}

/** What is told of a run that was taken back before it started. */
export function resultOfQueued(run: QueuedRun): RunResult {
  const { runId, workflow, summary } = viewOfUnbegun(run);
  const reason = cancelledEarly;
  return { runId, workflow, status: 'cancelled', reason, summary, tasks: {}, compensations: [] };
}

/** A run that was started, or is to start later, and that no worker has begun; null: it has begun, there is none, or Temporal does not run. */
export async function findUnbegun(session: Session, { runId, temporalRunId }: RunIdentity): Promise<UnbegunRun | null> {
  if (!isOf(session.tenant, runId) || (await session.store.runs.find(runId))?.temporalRunId === temporalRunId)
    return null;
  return asked(session, null, async (client) => {
    const found = await describeOpen(client, runId);
    if (found?.raw.workflowExecutionInfo?.firstRunId !== temporalRunId) return null;
    const at = queuedUntil(found);
    if (at) return toEntry(found, at);
    const { startsAt: _now, ...entry } = toEntry(found, found.startTime);
    return entry;
  });
}

/** A run that is to start later; null: it has begun, there is none of that id, or Temporal does not run. */
export async function findQueued(session: Session, runId: string): Promise<QueuedRun | null> {
  // Temporal would tell of anybody's.
  if (!isOf(session.tenant, runId) || (await session.store.runs.find(runId))) return null;
  return asked(session, null, (client) => describeQueued(client, runId));
}

/**
 * Runs that are to start later, the next one first; none where Temporal does not run or does not answer. It is not even asked, nor its SDK
 * loaded, where no plan is kept for one.
 */
export async function listQueued(session: Session): Promise<QueuedRun[]> {
  if (!(await session.store.runs.mayAwait(new Date()))) return [];
  return asked(session, [], (client) => queuedOf(client, session.tenant));
}

async function asked<Result>(
  session: Session,
  otherwise: Result,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const answer = session
    .connect()
    .then(({ client, calls }) => calls.track(() => work(client)))
    .catch(() => otherwise);
  return Promise.race([answer, delay(withinMs, otherwise, { ref: false })]);
}

async function queuedOf(client: Client, tenant: string | null): Promise<QueuedRun[]> {
  const prefix = tenantPrefix(tenant ?? defaultTenant);
  const own = prefix === '' ? '' : ` AND WorkflowId STARTS_WITH "${prefix}"`;
  const query = `WorkflowType="orchestrate" AND ExecutionStatus="Running" AND ExecutionTime > "${new Date().toISOString()}"${own}`;
  const found: QueuedRun[] = [];
  let seen = 0;
  for await (const info of client.workflow.list({ query, pageSize: mostListed })) {
    const at = isOf(tenant, info.workflowId) ? queuedUntil(info) : null;
    if (at) found.push(toEntry(info, at));
    if (found.length >= mostListed || ++seen >= mostSeen) break;
  }
  return found.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ startsAt, runId }: QueuedRun): string {
  return `${startsAt} ${runId}`;
}

function toEntry({ workflowId, memo = {} }: Pick<WorkflowExecutionInfo, 'workflowId' | 'memo'>, at: Date): QueuedRun {
  const text = (key: string): string => (typeof memo[key] === 'string' ? memo[key] : '');
  return {
    ...{ runId: workflowId, workflow: text('name'), status: 'queued', reason: null },
    ...{ board: workflowId, workspace: text('workspace'), startedAt: at.toISOString(), endedAt: null },
    ...{ durationMs: 0, costUsd: 0, totalTokens: 0, from: null },
    ...{ startsAt: at.toISOString(), priority: isRunPriority(memo['priority']) ? memo['priority'] : 'normal' },
    ...(isObject(memo['labels']) && { labels: memo['labels'] as RunLabels }),
  };
}

// What we wrote there ourselves; somebody else's workflow may have anything.
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
