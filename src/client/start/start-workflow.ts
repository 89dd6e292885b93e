import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, type Priority } from '@temporalio/common';
import type { Lineage, OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { toRunKey } from '../../domain/ids/journal-key.ts';
import { tenantOf } from '../../domain/ids/tenant.ts';
import { bulkLabel, type RunLabels } from '../../domain/run-labels.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { type RunPriority, toPriorityKey } from '../../domain/run-priority.ts';
import type { RunStore } from '../../store/store.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { TemporalConnection } from '../connection/temporal-connection.ts';
import { RunExistsError } from '../errors.ts';

/** Which run it is: an id can be used again once the run of before is removed, the other two cannot. */
export interface RunIdentity {
  runId: string;
  runKey: string;
  temporalRunId: string;
}

/** What starts a run. */
export interface WorkflowStart {
  plan: Plan;
  /** Also the workflow id in Temporal. */
  runId: string;
  taskQueue: string;
  /** Issue board; undefined: the run's own. */
  board: string | undefined;
  /** Null: any worker on that queue takes it. */
  launch: LaunchInfo | null;
  /** Earlier run whose results are used again where nothing changed. */
  lineage: Lineage | undefined;
  /** What people find it by. */
  labels?: RunLabels | undefined;
  /** Before whom it gets a place at a worker; left out: normal. */
  priority?: RunPriority | undefined;
  /** When it starts; left out: now. */
  startAt?: Date | undefined;
  /** The request that starts it, see `Once`; left out: nobody repeats it. */
  once?: string | undefined;
}

/**
 * Keeps the plan and starts workflow `orchestrate`. A run that was refused at its start keeps no id.
 *
 * @throws RunExistsError when the id was used before, whatever became of it; TemporalRefusedError
 */
export async function startWorkflow(
  { client, target }: Pick<TemporalConnection, 'client' | 'target'>,
  runs: Pick<RunStore, 'savePlan' | 'keepForRun' | 'find'>,
  asked: WorkflowStart,
): Promise<RunIdentity> {
  const { plan, runId, startAt, once } = asked;
  const hash = startAt ? await runs.keepForRun(runId, plan, startAt) : await runs.savePlan(plan);
  const start = () =>
    begin(client, asked, { hash, reuse: 'REJECT_DUPLICATE' }).catch(async (error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const before = once === undefined ? null : await startedBy(client, runId, once);
      if (before) return before;
      const isKnown = (await runs.find(runId)) !== undefined;
      if (isKnown || !(await wasRefused(client, runId))) throw new RunExistsError(runId, isKnown);
      return begin(client, asked, { hash, reuse: 'ALLOW_DUPLICATE_FAILED_ONLY' }).catch((late: unknown) => {
        // Somebody else was quicker with the same id.
        throw late instanceof WorkflowExecutionAlreadyStartedError ? new RunExistsError(runId, false) : late;
      });
    });
  return orUnreachable(target, start);
}

async function begin(
  client: Client,
  { plan, runId, taskQueue, board, launch, lineage, labels, priority, startAt, once }: WorkflowStart,
  { hash, reuse }: { hash: string; reuse: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY' },
): Promise<RunIdentity> {
  const input: OrchestrateInput = {
    ...{ plan: hash, ...(board && { board }), ...(launch && { launch }), ...(lineage && { lineage }) },
    ...(labels && { labels }),
  };
  const { firstExecutionRunId } = await client.workflow.start('orchestrate', {
    workflowId: runId,
    taskQueue,
    args: [input],
    workflowTaskTimeout,
    workflowIdReusePolicy: reuse,
    workflowIdConflictPolicy: 'FAIL',
    priority: toTurn(shareOf(runId, labels), priority),
    ...(startAt && { startDelay: Math.max(0, startAt.getTime() - Date.now()) }),
    ...shownOf(plan),
    memo: {
      ...{ name: plan.name, workspace: plan.workspace, plan: hash },
      ...(lineage && { from: lineage.run }),
      ...(priority && { priority }),
      ...(labels && { labels }),
      ...(once !== undefined && { once }),
    },
  });
  return toIdentity(runId, firstExecutionRunId);
}

// `orchestrate` fails with this before anything of a run is kept, and with nothing else.
async function wasRefused(client: Client, runId: string): Promise<boolean> {
  const handle = client.workflow.getHandle(runId);
  if ((await handle.describe()).status.name !== 'FAILED') return false;
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  if (!(failure instanceof WorkflowFailedError)) return false;
  const { cause } = failure;
  return cause instanceof ApplicationFailure && cause.type === failureTypes.invalidInput;
}

/** The run that a request started before; null: it did not. */
export async function startedBy(client: Client, runId: string, once: string): Promise<RunIdentity | null> {
  const found = await client.workflow
    .getHandle(runId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  const first = found?.memo?.['once'] === once ? found.raw.workflowExecutionInfo?.firstRunId : undefined;
  return first ? toIdentity(runId, first) : null;
}

function toIdentity(runId: string, temporalRunId: string): RunIdentity {
  return { runId, temporalRunId, runKey: toRunKey(runId, temporalRunId) };
}

/** With whom a run counts as one where the server keeps fairness: all of a bulk do, of its own tenant. */
function shareOf(runId: string, labels: RunLabels | undefined): string {
  const bulk = labels?.[bulkLabel];
  return bulk === undefined ? runId : `bulk:${tenantOf(runId)}:${bulk}`;
}

/** Before whom a run is served. Tasks and activities inherit it: where the server keeps fairness, no run starves others of its priority. */
export function toTurn(runId: string, priority: RunPriority | undefined): Priority {
  const fairnessKey = runId.replace(/[^!-~]/g, '').slice(0, 64) || 'run';
  return { fairnessKey, ...(priority && { priorityKey: toPriorityKey(priority) }) };
}

/** What the Web UI shows of a run, also before a worker has it. */
export function shownOf(plan: Plan): { staticSummary: string; staticDetails: string } {
  return { staticSummary: toSummary(plan), staticDetails: toDetails(plan) };
}

function toSummary(plan: Plan): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const agents = Object.keys(plan.agents).length;
  const phases = plan.phases.length > 0 ? [count(plan.phases.length, 'phase')] : [];
  return [plan.name, ...phases, count(plan.tasks.length, 'task'), count(agents, 'agent')].join(' · ');
}

// Markdown for the Web UI. Names come from a user's file: no pipes or line breaks of theirs may break the table.
function toDetails(plan: Plan): string {
  const plain = (text: string) => text.replace(/[|\r\n`<>]/g, ' ');
  // The Web UI's tables have no padding of their own.
  const cell = (text: string) => `${plain(text).slice(0, 80)}\u00a0\u00a0`;
  const hasPhases = plan.phases.length > 0;
  const row = (cells: readonly string[]) => `| ${(hasPhases ? cells : cells.slice(1)).map(cell).join(' | ')} |`;
  const rows = plan.tasks.slice(0, 100).map((task) => {
    const phase = task.phase === null ? '' : plan.phases[task.phase]!.name;
    return row([phase, task.id, task.agent, task.context]);
  });
  const { usd, tokens, timeoutMs } = plan.limits;
  const limits = `Limits: $${usd}, ${tokens === null ? 'any number of' : tokens} tokens, ${timeoutMs / 60_000} min`;
  const heading = plain(plan.description || plan.name).slice(0, 1000);
  const titles = row(['phase', 'task', 'agent', 'context']);
  const sides = `|${' :--- |'.repeat(hasPhases ? 4 : 3)}`;
  return [heading, '', titles, sides, ...rows, '', limits].join('\n');
}
