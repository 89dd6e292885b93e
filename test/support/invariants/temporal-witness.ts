import type { ReplayResult } from '@temporalio/worker';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { clientOptionsOf, type TemporalTarget } from '../../../src/domain/temporal-target.ts';
import { dataConverterOf } from '../../../src/host/payloads/data-converter.ts';
import { reachTemporal } from '../../../src/host/front/reach-temporal.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { openHistory } from './open-history.ts';

/** What Temporal keeps of one execution of a workflow. */
export interface Execution {
  workflowId: string;
  executionId: string;
  history: Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
}

/** Tells what Temporal knows of a run, and takes its steps once more. Nothing is opened before the first question. */
export class TemporalWitness {
  readonly #target: TemporalTarget;
  readonly #bundle: string;
  readonly #queue: Execution[] = [];
  #connection: Promise<Connection> | null = null;
  // One for all runs of a test file: starting it takes longer than a replay.
  #replay: AsyncIterableIterator<ReplayResult> | null = null;

  /** `bundle`: path of the workflow code with which histories are replayed. */
  constructor(target: TemporalTarget, bundle: string) {
    this.#target = target;
    this.#bundle = bundle;
  }

  /** Every execution of a run and of the tasks that it started: whole chains, each from its first to its newest, the run's own first. */
  async executionsOf(runId: string, firstExecutionId: string): Promise<Execution[]> {
    const client = await this.#client();
    const known = new Set<string>();
    const found: Execution[] = [];
    const open = [{ workflowId: runId, executionId: firstExecutionId }];
    for (let next = open.shift(); next; next = open.shift()) {
      if (known.has(next.executionId)) continue;
      known.add(next.executionId);
      const { workflowId, executionId } = next;
      const kept = await client.workflow.getHandle(workflowId, executionId).fetchHistory();
      const history = this.#target.payloadKeys ? await openHistory(kept, this.#target.payloadKeys) : kept;
      found.push({ workflowId, executionId, history });
      for (const event of history.events ?? []) {
        const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
        if (child) open.push({ workflowId: child.workflowId!, executionId: child.runId! });
        const later = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
        if (later) open.unshift({ workflowId, executionId: later });
      }
    }
    return found;
  }

  /** What the Web UI shows of a workflow as it stands, in Markdown. */
  async detailsOf(workflowId: string): Promise<unknown> {
    const handle = (await this.#client()).workflow.getHandle(workflowId);
    const metadata = await handle.query<{ currentDetails: unknown }>('__temporal_workflow_metadata');
    return metadata.currentDetails;
  }

  /** How large the histories of workflows are, in bytes, as the server counts them. */
  async historyBytes(workflowIds: readonly string[]): Promise<number[]> {
    const client = await this.#client();
    const described = await Promise.all(workflowIds.map((id) => client.workflow.getHandle(id).describe()));
    return described.map(({ raw }) => Number(raw.workflowExecutionInfo!.historySizeBytes));
  }

  /** Whether Temporal has accepted the start of a workflow. */
  async isStarted(workflowId: string): Promise<boolean> {
    const description = (await this.#client()).workflow.getHandle(workflowId).describe();
    return description.then(
      () => true,
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      },
    );
  }

  /** Ids of the executions of a workflow that Temporal lists; the newest may not be listed yet. */
  async listed(workflowId: string): Promise<string[]> {
    const client = await this.#client();
    const ids: string[] = [];
    const query = `WorkflowId = '${workflowId.replaceAll("'", "''")}'`;
    for await (const { runId } of client.workflow.list({ query })) ids.push(runId);
    return ids;
  }

  /** How often the next step of an execution has been tried, this time included; 0: it has none to take. */
  async attemptsOf({ workflowId, executionId }: Execution): Promise<number> {
    const { raw } = await (await this.#client()).workflow.getHandle(workflowId, executionId).describe();
    return raw.pendingWorkflowTask?.attempt ?? 0;
  }

  /** Takes every step of the histories once more. @returns what went wrong with which */
  async replay(executions: readonly Execution[]): Promise<string[]> {
    this.#replay ??= this.#startReplay();
    const found: string[] = [];
    for (const execution of executions) {
      this.#queue.push(execution);
      const { value } = await this.#replay.next();
      const error = (value as ReplayResult | undefined)?.error;
      if (error) found.push(`${execution.workflowId} (${execution.executionId}): ${error.message}`);
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#replay?.return?.();
    await (await this.#connection)?.close();
  }

  async #client(): Promise<Client> {
    this.#connection ??= Connection.connect(clientOptionsOf(await reachTemporal(this.#target)));
    const { namespace, payloadKeys } = this.#target;
    return new Client({
      ...{ connection: await this.#connection, namespace },
      ...(payloadKeys && dataConverterOf({ payloadKeys })),
    });
  }

  #startReplay(): AsyncIterableIterator<ReplayResult> {
    try {
      const telemetryOptions = { logging: { forward: {}, filter: 'ERROR' as const } };
      Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions, shutdownSignals: [] });
    } catch {
      // A worker of this process has installed one already.
    }
    const queue = this.#queue;
    // Asked for the next one only after one was put in.
    async function* histories() {
      for (let next = queue.shift(); next; next = queue.shift()) yield next;
    }
    return Worker.runReplayHistories({ workflowBundle: { codePath: this.#bundle } }, histories());
  }
}

const closings = /^workflowExecution(Completed|Failed|Canceled|Terminated|TimedOut|ContinuedAsNew)EventAttributes$/;

/** How an execution closed, and the result that it closed with, if there is one; null: it is open. */
export function closeOf({ history }: Execution): { how: string; result: JsonValue | undefined } | null {
  const last = history.events?.at(-1);
  const how = Object.entries(last ?? {}).flatMap(([name, value]) => (value ? (closings.exec(name)?.[1] ?? []) : []))[0];
  if (!last || how === undefined) return null;
  const { workflowExecutionCompletedEventAttributes: completed, workflowExecutionFailedEventAttributes: failed } = last;
  const cancelled = last.workflowExecutionCanceledEventAttributes?.details;
  const payloads = completed?.result ?? failed?.failure?.applicationFailureInfo?.details ?? cancelled;
  return { how, result: readPayload(payloads?.payloads?.[0]) };
}

function readPayload(payload: { data?: Uint8Array | null } | undefined): JsonValue | undefined {
  return payload?.data ? (JSON.parse(Buffer.from(payload.data).toString()) as JsonValue) : undefined;
}

/** Every text in a history, those in payloads included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...textsIn(each)]);
}
