import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import type { Lineage, OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { toRunKey } from '../domain/ids/journal-key.ts';
import type { LaunchInfo } from '../domain/run/launch.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import type { Store } from '../store/store.ts';
import { resultOf, toResult } from './follow/ending.ts';
import { RunExistsError, RunNotFoundError } from './errors.ts';
import { OpenCalls } from './open-calls.ts';
import type { RunHandle } from './follow/run-handle.ts';
import { createRunHandle } from './follow/run-handle.ts';
import type { UnopenedRun } from './follow/started-run.ts';
import { findStarted, findUnopened } from './follow/started-run.ts';

/** What starts a run. */
export interface StartOptions {
  plan: Plan;
  /** Also the workflow id in Temporal. */
  runId: string;
  /** Issue board; default: the run's own. */
  board?: string;
  launch: LaunchInfo | null;
  /** Earlier run whose results are used again where nothing changed. */
  lineage?: Lineage;
}

/** Starts and finds runs. */
export interface GafferClient {
  /** @throws RunExistsError when the id was used before, whatever became of it */
  start(options: StartOptions): Promise<RunHandle>;
  /** The newest run with that id, also one that was started and that no worker has opened in the store yet. @throws RunNotFoundError */
  find(runId: string): Promise<RunHandle>;
  /** What Temporal tells of a run that goes on and that the store does not know; null: there is none. */
  unopened(runId: string): Promise<UnopenedRun | null>;
  /**
   * Undoes what a run did that has ended without undoing it, waits for that, and gives the result that the run has from then on.
   *
   * Done again, it undoes nothing twice, and tries again what could not be undone. @throws RunRefusedError when the run goes on
   */
  rollback(run: { runId: string; runKey: string }): Promise<RunResult>;
  close(): Promise<void>;
}

/** Connects to Temporal. The store is the caller's, and stays open. */
export async function connectGaffer(options: {
  temporal: TemporalTarget;
  store: Store;
  taskQueue: string;
}): Promise<GafferClient> {
  const { temporal, store, taskQueue } = options;
  const { namespace } = temporal;
  const connection = await Connection.connect(toConnectionOptions(temporal));
  const client = new Client({ connection, namespace });
  const calls = new OpenCalls(client);
  const parts = { client, calls, store, namespace };
  return {
    async start({ plan, runId, board, launch, lineage }) {
      const hash = await store.runs.savePlan(plan);
      const input: OrchestrateInput = {
        ...{ plan: hash, ...(board && { board }), ...(launch && { launch }), ...(lineage && { lineage }) },
      };
      const handle = await client.workflow
        .start('orchestrate', {
          workflowId: runId,
          taskQueue,
          args: [input],
          // As the embedded server's; others have 10 s, for which a run would stand still when its worker is killed. Not shorter: one
          // that times out with a local activity in flight is not replayed as it was.
          workflowTaskTimeout: '5 s',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          // Tasks and activities inherit it: where the server keeps fairness, no run starves the others.
          priority: { fairnessKey: runId.replace(/[^!-~]/g, '').slice(0, 64) || 'run' },
          staticSummary: toSummary(plan),
          staticDetails: toDetails(plan),
          memo: { name: plan.name, workspace: plan.workspace, plan: hash, ...(lineage && { from: lineage.run }) },
        })
        .catch((error: unknown) => {
          throw error instanceof WorkflowExecutionAlreadyStartedError ? new RunExistsError(runId) : error;
        });
      const temporalRunId = handle.firstExecutionRunId;
      return createRunHandle(parts, { runId, temporalRunId, runKey: toRunKey(runId, temporalRunId) });
    },
    async find(runId) {
      const run = (await store.runs.find(runId)) ?? (await findStarted(client, runId));
      if (!run) throw new RunNotFoundError(runId);
      return createRunHandle(parts, run);
    },
    unopened: async (runId) => ((await store.runs.find(runId)) ? null : findUnopened(client, runId)),
    async rollback({ runId, runKey }) {
      const handle = await client.workflow.start('rollback', {
        ...{ workflowId: `${runId}/rollback`, taskQueue, args: [{ runKey }], staticSummary: `rollback of ${runId}` },
        ...{ workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING' },
      });
      // What a workflow returns is shortened for its history.
      return calls
        .track(() => handle.result())
        .then(async (value) => (await resultOf(store, runId, runKey)) ?? (value as RunResult), toResult);
    },
    close: () => calls.close(),
  };
}

function toConnectionOptions({ address, apiKey, tls }: TemporalTarget): ConnectionOptions {
  const options: ConnectionOptions = { address, connectTimeout: '5 s' };
  if (apiKey !== undefined) options.apiKey = apiKey;
  if (tls !== undefined && tls !== null) options.tls = tls as NonNullable<ConnectionOptions['tls']>;
  return options;
}

function toSummary(plan: Plan): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const agents = Object.keys(plan.agents).length;
  return `${plan.name} · ${count(plan.phases.length, 'phase')} · ${count(plan.tasks.length, 'task')} · ${count(agents, 'agent')}`;
}

// Markdown for the Web UI. Names come from a user's file: no pipes or line breaks of theirs may break the table.
function toDetails(plan: Plan): string {
  const plain = (text: string) => text.replace(/[|\r\n`<>]/g, ' ');
  // The Web UI's tables have no padding of their own.
  const cell = (text: string) => `${plain(text).slice(0, 80)}\u00a0\u00a0`;
  const rows = plan.tasks.slice(0, 100).map((task) => {
    const phase = task.phase === null ? '' : plan.phases[task.phase]!.name;
    return `| ${cell(phase)} | ${cell(task.id)} | ${cell(task.agent)} | ${cell(task.context)} |`;
  });
  const { usd, tokens, timeoutMs } = plan.limits;
  const limits = `Limits: $${usd}, ${tokens === null ? 'any number of' : tokens} tokens, ${timeoutMs / 60_000} min`;
  const heading = plain(plan.description || plan.name).slice(0, 1000);
  return [heading, '', '| phase | task | agent | context |', '| :--- | :--- | :--- | :--- |', ...rows, '', limits].join(
    '\n',
  );
}
