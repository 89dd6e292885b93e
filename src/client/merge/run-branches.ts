import { existsSync } from 'node:fs';
import { UsageError } from '../../domain/errors.ts';
import { nearest } from '../../domain/nearest.ts';
import { compareCommits, type Comparison } from '../../host/git-objects/compare-commits.ts';
import type { MergeBranch } from '../../store/merges/merge-branches.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';

/** The branch of a task that has ended. */
export interface RunBranch extends Pick<
  MergeBranch,
  'status' | 'branch' | 'repository' | 'head' | 'start' | 'mergedAs' | 'reason' | 'resolves' | 'updatedAt'
> {
  task: string;
  /** The branch that it goes into, or is in; null: nobody said. */
  into: string | null;
  /** Files of its last conflict. */
  files: string[];
}

/** What a task changed, from where it began to where it ended. */
export interface BranchDiff extends Comparison {
  task: string;
  branch: string;
  status: MergeBranch['status'];
  /** Why there is nothing to see, in words; null: there is. */
  whyNone: string | null;
}

/** Branches of a run's tasks, in the order in which these ended. @throws RunNotFoundError */
export async function runBranches(session: Session, runId: string): Promise<{ runId: string; branches: RunBranch[] }> {
  const row = await findRun(session, runId);
  const all = await session.store.runs.mergeBranches(row.runKey);
  const branches = all.map(({ taskId, target, conflict, host: _host, begun: _begun, home: _home, ...branch }) => {
    const { conflicts: _conflicts, ...kept } = branch;
    return { task: taskId, into: target, files: conflict?.files ?? [], ...kept };
  });
  return { runId: row.runId, branches };
}

/** What tasks of a run changed on branches of their own; without a task all of them. @throws RunNotFoundError; UsageError: there is no branch */
export async function runDiff(
  session: Session,
  runId: string,
  task?: string,
): Promise<{ runId: string; tasks: BranchDiff[] }> {
  const row = await findRun(session, runId);
  const branches = await branchesOf(session, row, task);
  const tasks: BranchDiff[] = [];
  for (const branch of branches) tasks.push(await diffOf(branch));
  return { runId: row.runId, tasks };
}

/** Branches of a run, or that of one task. @throws UsageError, with the way out, when there is none */
export async function branchesOf(session: Session, row: RunRow, task: string | undefined): Promise<MergeBranch[]> {
  const all = await session.store.runs.mergeBranches(row.runKey);
  const named = task === undefined ? all : all.filter(({ taskId }) => taskId === task);
  if (named.length > 0) return named;
  const whyNoneAtAll = `run ${row.runId} has no branches: ${howToHave}`;
  if (task === undefined) throw new UsageError(whyNoneAtAll);
  const why = await whyNone(session, row, { task, known: all.map(({ taskId }) => taskId) });
  throw new UsageError(why ?? whyNoneAtAll);
}

// What is not there may be misspelt, not over yet, or have changed nothing; null: nobody knows of it, and there are no branches.
async function whyNone(
  session: Session,
  { runKey, runId }: RunRow,
  { task, known }: { task: string; known: readonly string[] },
): Promise<string | null> {
  const found = (await session.store.runs.tasks(runKey)).findLast(({ id }) => id === task);
  if (found?.status === 'succeeded')
    return `task ${task} of run ${runId} has no branch: it changed no file, or worked in the folder of the run.`;
  if (found) {
    const why = `task ${task} of run ${runId} has no branch: it is ${found.status}, and only work that succeeded has.`;
    return `${why}${await wayToSnapshot(session, { runKey, runId, task })}`;
  }
  if (known.length === 0) return null;
  const close = nearest(task, known);
  const hint = close === null ? '' : `did you mean ${close}? `;
  const more = known.length > mostNamed ? ` and ${known.length - mostNamed} more` : '';
  return `run ${runId} has no task ${task}: ${hint}Branches have ${known.slice(0, mostNamed).join(', ')}${more}.`;
}

// What a task without a branch had done so far is kept all the same.
async function wayToSnapshot(
  session: Session,
  { runKey, runId, task }: { runKey: string; runId: string; task: string },
): Promise<string> {
  const { findStanding, findWorktree, listSnapshots } = await import('../../store/worktrees/worktree-rows.ts');
  const { sql } = session.store;
  const standing = await findStanding(sql, runKey);
  const row = standing && (await findWorktree(sql, standing.no, task));
  const last = row && (await listSnapshots(sql, standing.no, task)).at(-1);
  if (!last) return '';
  const { top, start } = row;
  return ` What it had done is its snapshot ${last.n}: \`git -C ${top} diff ${start} ${last.commit}\` shows it, \`gaffer restore ${runId} ${task}@${last.n}\` gives its files back.`;
}

const mostNamed = 20;
const howToHave =
  'tasks have them that have ended and work in worktrees of their own (`workspace: { isolate: worktree }` in the workflow file).';

/** What the task of a branch changed, as far as this machine can say. */
export async function diffOf({
  taskId: task,
  branch,
  status,
  repository,
  start,
  head,
}: MergeBranch): Promise<BranchDiff> {
  const none = { task, branch, status, files: [], patch: '', isShortened: false };
  if (!existsSync(repository)) return { ...none, whyNone: `${repository} is not on this machine, or is gone.` };
  try {
    return { task, branch, status, ...(await compareCommits(repository, start, head)), whyNone: null };
  } catch {
    return {
      ...none,
      whyNone: 'its repository does not have these commits any more, or git cannot compare them here.',
    };
  }
}
