import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../../domain/errors.ts';
import { isRunPriority } from '../../domain/run-priority.ts';
import type { Session } from '../connection/session.ts';
import type { RunView } from '../run-view.ts';
import type { RunEntry } from '../runs.ts';
import type { RunRow } from '../../store/store.ts';
import { emptyRunState } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { toRunView } from './to-run-view.ts';

/** Why a run ended that had not started. */
export const cancelledEarly = 'cancelled before it started';

/** How long a list waits for Temporal's word, in ms. */
const withinMs = 3000;
const mostListed = 500;

/** A run that has its time to start still before it: only Temporal knows of it. */
export type QueuedRun = RunEntry & { startsAt: string };

/** When a run starts that has not started yet, ISO 8601; null: it has, or there is none. */
export async function startsAt(client: Client, runId: string): Promise<string | null> {
  const found = await client.workflow
    .getHandle(runId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  const isRun = found?.type === 'orchestrate' && found.status.name === 'RUNNING';
  return isRun ? (queuedUntil(found)?.toISOString() ?? null) : null;
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

/** Refuses what only a run can answer that has started. @throws UsageError when that one has not */
export async function refuseQueued(client: Client, runId: string): Promise<void> {
  const at = await startsAt(client, runId);
  if (at !== null)
    throw new UsageError(`run ${runId} is queued: it starts at ${at}. \`gaffer cancel ${runId}\` takes it back.`);
}

/** The same as whoever looks at any other run sees it. */
export function viewOfQueued(run: QueuedRun): RunView {
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
  const view = toRunView({ row, state: emptyRunState, status: 'queued', stuck: null, workspaces: {} }, Date.now());
  return { ...view, startsAt: run.startsAt };
}

/** What is told of a run that was taken back before it started. */
export function resultOfQueued(run: QueuedRun): RunResult {
  const { runId, workflow, summary } = viewOfQueued(run);
  const reason = cancelledEarly;
  return { runId, workflow, status: 'cancelled', reason, summary, tasks: {}, compensations: [] };
}

/** A run that is to start later; null: there is none of that id, or Temporal does not run. */
export async function findQueued(session: Session, runId: string): Promise<QueuedRun | null> {
  return (await listQueued(session)).find((run) => run.runId === runId) ?? null;
}

/** Runs that are to start later, the next one first; none where Temporal does not run or does not answer. */
export async function listQueued(session: Session): Promise<QueuedRun[]> {
  const asked = session
    .connect()
    .then(({ client, calls }) => calls.track(() => queuedOf(client)))
    .catch((): QueuedRun[] => []);
  return Promise.race([asked, delay(withinMs, [], { ref: false })]);
}

async function queuedOf(client: Client): Promise<QueuedRun[]> {
  const query = `WorkflowType="orchestrate" AND ExecutionStatus="Running" AND ExecutionTime > "${new Date().toISOString()}"`;
  const found: QueuedRun[] = [];
  for await (const info of client.workflow.list({ query })) {
    const at = queuedUntil(info);
    if (at) found.push(toEntry(info, at));
    if (found.length >= mostListed) break;
  }
  return found.toSorted((a, b) => a.startsAt.localeCompare(b.startsAt));
}

function toEntry({ workflowId, memo = {}, startTime }: WorkflowExecutionInfo, at: Date): QueuedRun {
  const text = (key: string): string => (typeof memo[key] === 'string' ? memo[key] : '');
  return {
    ...{ runId: workflowId, workflow: text('name'), status: 'queued', reason: null },
    ...{ board: workflowId, workspace: text('workspace'), startedAt: startTime.toISOString(), endedAt: null },
    ...{ durationMs: 0, costUsd: 0, totalTokens: 0, from: null },
    ...{ startsAt: at.toISOString(), priority: isRunPriority(memo['priority']) ? memo['priority'] : 'normal' },
  };
}
