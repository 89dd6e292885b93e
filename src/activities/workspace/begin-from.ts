/*
 * What a task begins from:
 * B1 A task that depends on nobody begins from the checkout as the run found it, work that nobody has committed included.
 * B2 One that depends on others begins from their branches, merged in the order of the plan: those that it waits for with all that these
 *    added, all of earlier phases, the task that added it, and its own earlier iterations, also where a run has their results from an earlier
 *    one. Each of these branches holds what it began from itself; of a task that changed nothing, that counts.
 * B3 A branch that conflicts with those before it is left out, and its agent is told which files it is about: the merge train will ask
 *    somebody to bring both together.
 * B5 A task that resolves a conflict of the merge train begins from both sides, with the conflicts marked.
 * B4 A retry begins from where the first attempt did; work that is asked for anew goes on from what there is.
 * B6 What the checkout has and nobody begins from is told once: programs that miss it would not say why.
 */
import { join } from 'node:path';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';
import { isHelper, planTaskId } from '../../domain/ids/worker-id.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { loadParents } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { resolutionStart } from '../../store/merges/merge-branches.ts';
import {
  findStart,
  holdWorktree,
  type LeftBranch,
  listReusedBranches,
  listWorktrees,
  writeStart,
} from '../../store/worktrees/worktree-rows.ts';
import type { LeftOutBranch } from '../../worktrees/commits.ts';
import type { Repository } from '../../worktrees/repository.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { inTurn } from './in-turn.ts';
import type { WorkspaceDependencies } from './task-place.ts';

/** A commit to begin from, and what could not be brought into it. */
export interface Beginning {
  commit: string;
  leftOut: LeftOutBranch[];
}

/** Finds, or makes, the commit that the first attempt of a task begins from (B1-B3). */
export async function beginFrom(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { taskId, task, repository }: { taskId: string; task: PlanTask | undefined; repository: Repository },
): Promise<Beginning> {
  const { store, worktrees } = dependencies;
  const base = await startOfRun(dependencies, run, repository);
  const marked = await resolutionStart(store.sql, run.no, taskId); // B5
  if (marked !== null) return { commit: marked, leftOut: [] };
  const rows = await rowsBefore(store.sql, run, { taskId, task });
  const heads = rows.flatMap(({ branch, sealed, repository: of }) =>
    sealed !== null && of === repository.id ? [{ branch, commit: sealed }] : [],
  );
  if (heads.length === 0) return { commit: base, leftOut: [] };
  return worktrees.combine(repository, {
    base,
    heads,
    title: `gaffer: what ${taskId} of run ${run.runId} begins from`,
  });
}

// B1
async function startOfRun(
  { store, worktrees }: WorkspaceDependencies,
  run: FrozenRun,
  repository: Repository,
): Promise<string> {
  const known = await findStart(store.sql, run.no, repository.id);
  if (known) return known.commit;
  const begin = async (sql: Sql): Promise<string> => {
    await holdWorktree(sql, run.no, `@start/${repository.id}`);
    const first = await findStart(sql, run.no, repository.id);
    if (first) return first.commit;
    const { commit, branch, leftOut } = await worktrees.start(repository, run);
    await appendNew(sql, run.no, toldOf(run, repository, leftOut));
    return (await writeStart(sql, run.no, { repository: repository.id, commit, branch })).commit;
  };
  return inTurn(() => store.transaction(begin));
}

const mostNamed = 20;

// B6
function toldOf({ plan }: FrozenRun, { id, top, inside }: Repository, leftOut: readonly string[]): RunEventDraft[] {
  const shared = (plan.isolation?.share ?? []).map((path) => join(inside, path));
  const isTold = (path: string): boolean =>
    !shared.includes(path.replace(/\/$/, '')) && !/(?:^|\/)\.gaffer(?:\/|$)/.test(path);
  const told = leftOut.filter(isTold);
  if (told.length === 0) return [];
  const more = told.length > mostNamed ? ` and ${told.length - mostNamed} more` : '';
  const names = `${told.slice(0, mostNamed).join(', ')}${more}`;
  const text = `Worktrees of ${top} begin without these, which are keys, ignored by git, too large or not to be read: ${names}. What tasks need of them is named in workspace.share`;
  return [{ key: `begins-without/${id}`, type: 'run:log', text }];
}

// B2
async function rowsBefore(
  sql: Sql,
  run: FrozenRun,
  { taskId, task }: { taskId: string; task: PlanTask | undefined },
): Promise<LeftBranch[]> {
  const reusable = run.lineage ? await listReusedBranches(sql, run.no) : [];
  // Where those began is a checkout of another time.
  const reused = reusable.filter(({ sealed, start }) => sealed !== start);
  const rows = [...reused, ...(await listWorktrees(sql, run.no))].filter((row) => row.taskId !== taskId);
  if (rows.length === 0 || !task) return [];
  const waitsFor = new Set(task.dependsOn.map((edge) => edge.task));
  const parents = await loadParents(sql, run.no);
  const parent = parents.get(planTaskId(taskId));
  // What a task added that it waits for is waited for, too.
  const isWaitedFor = (id: string | undefined): boolean =>
    id !== undefined && (waitsFor.has(planTaskId(id)) || isWaitedFor(parents.get(planTaskId(id))));
  const before: LeftBranch[] = [];
  for (const row of rows) {
    const isParent = parent !== undefined && planTaskId(parent) === planTaskId(row.taskId);
    const isBefore =
      isParent ||
      isWaitedFor(row.taskId) ||
      isEarlierIteration(row.taskId, taskId) ||
      isEarlierPhase(await taskDefinition(sql, run, row.taskId), task);
    if (isBefore) before.push(row);
  }
  const order = new Map(run.plan.tasks.map(({ id }, index) => [id, index]));
  const rank = ({ taskId: id }: LeftBranch): number => order.get(planTaskId(id)) ?? order.size;
  return before.toSorted((a, b) => rank(a) - rank(b));
}

function isEarlierIteration(one: string, other: string): boolean {
  if (isHelper(one) || isHelper(other)) return false;
  const [a, b] = [parseInstanceId(one), parseInstanceId(other)];
  return a.task === b.task && a.item === b.item && a.iteration < b.iteration;
}

function isEarlierPhase(one: PlanTask | undefined, { phase, afterPhase }: PlanTask): boolean {
  if (!one || one.phase === null) return false;
  return (phase !== null && one.phase < phase) || (afterPhase !== null && one.phase <= afterPhase);
}
