import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { MergeTrainInput, MergeTrainResult } from '../../contracts/merge.ts';
import { toTrainId } from '../../domain/ids/merge-id.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { UsageError } from '../../domain/errors.ts';
import { toBranchName } from '../../domain/merge/branch-name.ts';
import { parseRequestId } from '../../domain/ids/request-id.ts';
import { supersededOf } from '../../domain/merge/superseded.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { MergeBranch } from '../../store/merges/merge-branches.ts';
import type { ReusedBranch } from '../../store/merges/reused-branches.ts';
import type { RunRow } from '../../store/store.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { workOn } from '../crew/work-on.ts';
import { findRun } from '../follow/find-run.ts';
import { listWaiting } from '../list/list-waiting.ts';
import { createRun } from '../create-run.ts';
import { takeMergeTurn } from './merge-turn.ts';
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

type Outcome = RunMerge['outcomes'][number];

/**
 * Brings branches of a run into the branch that they are meant for, through its gates, and waits for that. What is in already is merged;
 * what is in another branch than `into` stays there. Branches of earlier runs that its work stands on go in before.
 *
 * @throws RunNotFoundError; UsageError when there are no such branches, or `into` is no name of one
 */
export async function mergeRun(session: Session, runId: string, { task, into }: MergeOptions = {}): Promise<RunMerge> {
  const wanted = into === undefined ? null : toBranchName(into);
  if (into !== undefined && wanted === null) throw new UsageError(`${JSON.stringify(into)} is no name of a branch.`);
  const row = await findRun(session, runId);
  await takeMergeTurn(session, row);
  const reused = await session.store.runs.reusedBranches(row.runKey);
  const isNamed = ({ taskId }: { taskId: string }): boolean => task === undefined || taskId === task;
  const own = reused.some(isNamed) ? await ownBranches(session, row, task) : await branchesOf(session, row, task);
  // Whoever asks for one branch has what it stands on, too.
  const before = own.length > 0 ? reused : reused.filter(isNamed);
  const outcomes: Outcome[] = [];
  for (const branch of before) outcomes.push(await mergeReused(session, branch, wanted));
  const superseded = task === undefined ? supersededOf(own.map(({ taskId }) => taskId)) : new Set<string>();
  const isOpen = ({ taskId, status }: MergeBranch): boolean => status !== 'merged' && !superseded.has(taskId);
  const open = own.filter(isOpen).map(({ taskId }) => taskId);
  outcomes.push(...own.flatMap((branch) => inAlready(branch, wanted)));
  if (open.length > 0) outcomes.push(...(await mergeOpen(session, row, { taskIds: open, into: wanted })));
  await endQuestions(session, row, outcomes);
  return { runId: row.runId, outcomes };
}

// Nobody is asked any more about a conflict that is settled: the run looks again, and finds its branch merged.
async function endQuestions(session: Session, row: RunRow, outcomes: readonly Outcome[]): Promise<void> {
  if (hasEnded(row.status)) return;
  const merged = new Set(outcomes.flatMap(({ task, status }) => (status === 'merged' ? [task] : [])));
  const open = await listWaiting(session, row.runId);
  const settled = open.flatMap(({ id }) => {
    const about = id === null ? null : parseRequestId(id);
    return about?.kind === 'conflict' && merged.has(about.taskId) ? [id!] : [];
  });
  const run = createRun(session, row);
  for (const id of settled) await run.answer({ id, text: 'again', by: 'gaffer merge' });
}

async function ownBranches(session: Session, { runKey }: RunRow, task: string | undefined): Promise<MergeBranch[]> {
  const all = await session.store.runs.mergeBranches(runKey);
  return all.filter(({ taskId }) => task === undefined || taskId === task);
}

// The train of the run whose branch it is takes it, with the gates of that one.
async function mergeReused(session: Session, branch: ReusedBranch, into: string | null): Promise<Outcome> {
  const [done] = inAlready(branch, into);
  if (done) return done;
  const row = await findRun(session, branch.runId);
  await takeMergeTurn(session, row);
  const [outcome] = await mergeOpen(session, row, { taskIds: [branch.ownId], into });
  return outcome
    ? { ...outcome, task: branch.taskId }
    : { task: branch.taskId, status: 'waiting', reason: `run ${branch.runId} has it no more` };
}

function inAlready(
  { taskId: task, status, target }: Pick<MergeBranch, 'taskId' | 'status' | 'target'>,
  into: string | null,
): Outcome[] {
  if (status !== 'merged') return [];
  if (into === null || target === into) return [{ task, status, reason: null }];
  return [
    { task, status: 'waiting', reason: `it is in ${target ?? 'another branch'} already, nothing is done for ${into}` },
  ];
}

async function mergeOpen(
  session: Session,
  row: RunRow,
  { taskIds, into }: { taskIds: string[]; into: string | null },
): Promise<Outcome[]> {
  const workerFailed = session.startsWorkers ? await workOn(session, row) : [];
  const input = { runKey: row.runKey, runId: row.runId, taskIds, into, isOwn: false };
  const { outcomes } = await Promise.race([train(session, row, input), ...workerFailed]);
  return outcomes.map(({ taskId, status, reason }) => ({ task: taskId, status, reason }));
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
