import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { MergeTrainInput, MergeTrainResult } from '../../contracts/merge.ts';
import { toTrainId } from '../../domain/ids/merge-id.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import type { RunRow } from '../../store/store.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { workOn } from '../crew/work-on.ts';
import { findRun } from '../follow/find-run.ts';
import { branchesOf } from './run-branches.ts';

/** What is to be merged: the branch of one task, or all that are not in yet; `into`: as the run's plan says where it is left out. */
export interface MergeOptions {
  task?: string;
  into?: string;
}

/** What became of branches. */
export interface RunMerge {
  runId: string;
  outcomes: { task: string; status: 'merged' | 'conflict' | 'rejected' | 'waiting'; reason: string | null }[];
}

/**
 * Brings branches of a run into the branch that they are meant for, through its gates, and waits for that. What is in already is merged.
 *
 * @throws RunNotFoundError; UsageError when there are no such branches
 */
export async function mergeRun(session: Session, runId: string, { task, into }: MergeOptions = {}): Promise<RunMerge> {
  const row = await findRun(session, runId);
  const branches = await branchesOf(session, row, task);
  const open = branches.filter(({ status }) => status !== 'merged').map(({ taskId }) => taskId);
  const before = branches.filter(({ status }) => status === 'merged');
  const done = before.map(({ taskId }) => ({ task: taskId, status: 'merged' as const, reason: null }));
  if (open.length === 0) return { runId: row.runId, outcomes: done };
  const workerFailed = session.startsWorkers ? await workOn(session, row) : [];
  const input = { runKey: row.runKey, runId: row.runId, taskIds: open, into: into ?? null, isOwn: false };
  const { outcomes } = await Promise.race([train(session, row, input), ...workerFailed]);
  const told = outcomes.map(({ taskId, status, reason }) => ({ task: taskId, status, reason }));
  return { runId: row.runId, outcomes: [...(task === undefined ? [] : done), ...told] };
}

// One train at a time goes the same way: another one, of the run itself or of somebody else, comes to its end first.
async function train(session: Session, { launch }: RunRow, input: MergeTrainInput): Promise<MergeTrainResult> {
  const { client, calls, target } = await session.connect();
  const taskQueue = session.taskQueue ?? launch?.taskQueue ?? session.config.taskQueue;
  const workflowId = toTrainId(input.runId);
  const staticSummary = `merge branches of ${input.runId}`;
  for (;;) {
    try {
      const handle = await orUnreachable(target, () =>
        client.workflow.start('mergeTrain', {
          ...{ workflowId, taskQueue, args: [input], staticSummary, workflowTaskTimeout },
          ...{ workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'FAIL' },
        }),
      );
      return (await calls.track(() => handle.result())) as MergeTrainResult;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // However that one ends, it is over then.
      await calls.track(() => client.workflow.getHandle(workflowId).result()).catch(() => undefined);
    }
  }
}
