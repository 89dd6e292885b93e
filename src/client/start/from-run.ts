import { resolve } from 'node:path';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { UsageError } from '../../domain/errors.ts';
import { isScriptPlan } from '../../domain/plan/scripts.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { withDescendants } from '../../domain/plan/descendants.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { movedTo } from '../../domain/plan/workspace.ts';
import { checkLabels } from '../../domain/run-labels.ts';
import { hasEnded, type RunState } from '../../domain/run/run-state.ts';
import type { PlannedReuse } from '../../store/reuse/plan-reuse.ts';
import type { CheckpointRow } from '../../store/run/checkpoints.ts';
import type { RunRow } from '../../store/store.ts';
import { checkScriptAgain } from '../crew/script-beside.ts';
import { onceId } from '../connection/once.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import type { Run } from '../run.ts';
import type { ForkOptions, FromRunOptions, RetryOptions } from '../runs.ts';
import { checkFolders } from './check-folder.ts';
import { checkToolsAgain } from '../crew/own-tools.ts';
import { launchRun, type LaunchSettings } from './launch.ts';
import { checkTask, forkPoint, lineageOf } from './lineage.ts';
import { lookAtFiles } from './look-at-files.ts';
import { editPlan, toEdits } from './plan-edits.ts';
import { newOwnId } from './own-id.ts';
import { checkRunId, newRunId } from './run-id.ts';
import type { PlannedWorktree } from './worktree.ts';
import { planWorktrees } from './worktrees.ts';

export type { PlannedReuse } from '../../store/reuse/plan-reuse.ts';

/** A run that is about to go on from an earlier one, and what it takes over. */
export interface DerivedRun {
  /** The earlier run. */
  row: RunRow;
  state: RunState;
  reused: PlannedReuse[];
  plan: Plan;
  runId: string;
  lineage: Lineage;
  /** Makes where it works, when nothing stands in the way of its start any more. */
  worktree: Pick<PlannedWorktree, 'create' | 'keep' | 'remove'> | null;
  /** Git worktrees with the checkpoint's files that it works in; empty: none. */
  worktreeFolders: readonly string[];
  /** Whether the checkpoint keeps files that it does not work on. */
  leavesFiles: boolean;
  options: FromRunOptions;
}

/** What a new run is made of. */
type Made = Pick<DerivedRun, 'plan' | 'lineage'> &
  Partial<Pick<DerivedRun, 'worktree' | 'worktreeFolders' | 'leavesFiles'>>;

/** Whether a run has not ended. What was ended from outside cannot say so in the store. */
export async function goesOn(session: Session, row: RunRow): Promise<boolean> {
  if (hasEnded(row.status)) return false;
  const { status } = await createRun(session, row).describe();
  return status === 'running' || status === 'paused';
}

/** Does failed tasks, or the named one, anew in a run that goes on. @returns what is done anew. @throws UsageError when nothing failed */
export async function retryInPlace(session: Session, row: RunRow, { task, from, by }: RetryOptions): Promise<string[]> {
  const named = task ?? from;
  const state = named === undefined ? await session.store.events.state(row.runKey) : null;
  const failed = [...(state?.tasks.values() ?? [])].filter(({ status }) => status === 'failed').map(({ id }) => id);
  const tasks = named === undefined ? failed : [named];
  if (tasks.length === 0) {
    throw nothingFailed(row.runId);
  }
  const run = createRun(session, row);
  const redone: string[] = [];
  for (const each of tasks) {
    const who = by === undefined ? {} : { by };
    redone.push(...(await run.retryTask({ task: each, descendants: from !== undefined, ...who })));
  }
  return redone;
}

function nothingFailed(runId: string): UsageError {
  return new UsageError(
    `nothing of ${runId} has failed, so there is nothing to do again: name the task that is to be done anew, \`gaffer retry ${runId} TASK\`, or with \`from\`, with all that depends on it.`,
  );
}

/** A run that does failed tasks, or the named one, anew and takes over the rest. @throws UsageError */
export function prepareRetry(session: Session, row: RunRow, options: RetryOptions): Promise<DerivedRun> {
  return derive(session, { row, options }, async (plan) => {
    const { task, from } = options;
    const named = task ?? from;
    // Of a script every call is a task that can be named.
    const known = isScriptPlan(plan) ? { tasks: await session.store.runs.tasks(row.runKey) } : plan;
    if (named !== undefined) await checkTask(known, row.runId, named);
    else if (row.status === 'succeeded') throw nothingFailed(row.runId);
    const redo =
      from === undefined
        ? [...(task === undefined ? [] : [task])]
        : [...new Set([from, ...withDescendants(plan, toInstance(from).task)])];
    return { plan, lineage: lineageOf('retry', row, { from: named ?? null, redo }) };
  });
}

/** A run that takes over what comes before a point and is unchanged. @throws UsageError */
export function prepareFork(session: Session, row: RunRow, options: ForkOptions): Promise<DerivedRun> {
  const { from, set = {}, workspace } = options;
  const { cwd, store } = session;
  return derive(session, { row, options }, async (plan, runId) => {
    const lineage = from === undefined ? lineageOf('fork', row) : await forkPoint(store, row, { plan, from });
    const edited = await editPlan(plan, toEdits(set));
    if (workspace !== undefined) return { plan: movedTo(edited, resolve(cwd, workspace)), lineage };
    const points = await store.runs.checkpoints(row.runKey);
    const point = points.find(({ name }) => name === lineage.from);
    const files = point && keepsFiles(point) ? point : undefined;
    if (options.worktree === undefined) return { plan: edited, lineage, leavesFiles: files !== undefined };
    const source = files ?? noSnapshot(row.runId, lineage, points);
    const folder = options.worktree === true ? null : resolve(cwd, options.worktree);
    const planned = await planWorktrees(edited, source, { folder, runId });
    return { plan: planned.plan, lineage, worktree: planned.worktree, worktreeFolders: planned.folders };
  });
}

/** Refuses what a fork cannot be, before anything is opened. @throws UsageError */
export function checkFork({ from, set = {}, workspace, worktree }: ForkOptions): void {
  if (from === undefined && Object.keys(set).length === 0) {
    throw new UsageError('say where to fork (`from` a checkpoint or a task), what to change (`set`), or both.');
  }
  if (worktree !== undefined && workspace !== undefined) {
    throw new UsageError('`worktree` makes the folder that the new run works in: leave `workspace` out.');
  }
}

/** Refuses what a retry cannot be. @throws UsageError */
export function checkRetry({ task, from }: RetryOptions): void {
  if (task === undefined || from === undefined) return;
  throw new UsageError('name a task or `from`, not both: `from` also does what depends on it anew.');
}

async function derive(
  session: Session,
  { row, options }: Pick<DerivedRun, 'row' | 'options'>,
  make: (plan: Plan, runId: string) => Promise<Made>,
): Promise<DerivedRun> {
  const { store } = session;
  const before = await store.runs.plan(row.planHash);
  if (before.tasks.length === 0)
    throw new UsageError(
      `run "${row.runId}" is one of a workflow of your own, whose code decides what is done: start that workflow anew.`,
    );
  const id = options.id === undefined ? newRunId(before.name) : checkRunId(options.id);
  const runId = await onceId(session, newOwnId(session, id, row.runId));
  const { plan, worktree = null, worktreeFolders = [], leavesFiles = false, ...made } = await make(before, runId);
  if (!worktree) checkFolders(plan);
  const lineage = await lookAtFiles(session, made.lineage, { plan, row });
  const [state, reused] = await Promise.all([store.events.state(row.runKey), store.runs.planReuse(plan, lineage)]);
  return { row, state, reused, plan, runId, lineage, worktree, worktreeFolders, leavesFiles, options };
}

/** Makes what the run works in. @returns what starts it */
export async function toLaunch(
  { cwd, config }: Pick<Session, 'cwd' | 'config'>,
  { row, plan, runId, lineage, worktree, options }: DerivedRun,
): Promise<LaunchSettings> {
  if (options.script === undefined) await checkScriptAgain(row.launch?.script ?? null);
  await checkToolsAgain(row.launch?.tools);
  await worktree?.create();
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  return {
    ...(worktree && { undo: () => worktree.remove(), keep: () => worktree.keep() }),
    ...{ plan, runId, lineage, agentsDirs: [], unsandboxedShell, tools: row.launch?.tools },
    script: options.script === undefined ? (row.launch?.script ?? null) : resolve(cwd, options.script),
    board: row.board === row.runId ? undefined : row.board,
    // Those of the run before it has by itself; together they are not too many.
    ...(options.labels && { labels: checkLabels({ ...row.labels, ...options.labels }) }),
  };
}

/** Starts it. */
export async function launchDerived(session: Session, derived: DerivedRun): Promise<Run> {
  return (await launchRun(session, await toLaunch(session, derived))).run;
}

function keepsFiles({ snapshot, snapshots }: CheckpointRow): boolean {
  return snapshot !== null || Object.keys(snapshots).length > 0;
}

/** Says why there are no files to start from, and which points have some. @throws UsageError */
function noSnapshot(runId: string, { from }: Lineage, points: readonly CheckpointRow[]): never {
  const kept = points.filter(keepsFiles).map(({ name }) => name);
  const why = from === null ? 'no checkpoint is named' : `"${from}" keeps no files`;
  const wayOut =
    kept.length > 0
      ? `name one of these with \`from\`: ${kept.slice(-12).join(', ')}`
      : 'files are kept only of a workspace in a git repository, where there is a sandbox';
  throw new UsageError(`\`worktree\`: ${why}; ${wayOut}. \`gaffer checkpoints ${runId}\` lists the checkpoints.`);
}
