import type { CoupleInput, CoupleResult, MergeOutcome } from '../../contracts/merge.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { appendNew } from '../../store/run/events.ts';
import { changeBranch, listBranches, type BranchChange, type MergeBranch } from '../../store/merges/merge-branches.ts';
import type { Carriage } from '../../worktrees/merge/couple.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { leftEvents, mergedEvent } from './merge-events.ts';

/** Merges branches of a train into its target as it is now, without moving anything; what is in it already, or in conflict, is noted. */
export async function couple(
  { store, train, folderProblem }: Pick<ActivityDependencies, 'store' | 'train' | 'folderProblem'>,
  run: FrozenRun,
  { repository, target, taskIds }: CoupleInput,
): Promise<CoupleResult> {
  const branches = new Map((await listBranches(store.sql, run.no)).map((branch) => [branch.taskId, branch]));
  const cars = taskIds.flatMap((id) => branches.get(id) ?? []);
  const carriages = cars.map((branch) => toCarriage(run, branch, branches));
  const begun = cars[0]?.begun ?? null;
  const coupling =
    folderProblem(repository) ?? (await train.couple(repository, target, { branches: carriages, begun }));
  // Whom others are in conflict with may stay out in the end.
  const conflicts = typeof coupling === 'string' ? [] : coupling.conflicts;
  const isOpen = typeof coupling !== 'string' && coupling.chain.length > 0;
  const conflictsNow = isOpen ? [] : conflicts;
  const later = isOpen ? conflicts.map(({ taskId }) => taskId) : [];
  const told: { change: BranchChange; event: RunEventDraft | null }[] = [];
  if (typeof coupling === 'string') {
    for (const { taskId } of cars) told.push({ change: { taskId, status: 'waiting', reason: coupling }, event: null });
  } else {
    for (const taskId of coupling.within) told.push(withinTarget(branches.get(taskId)!, coupling.base, target));
    for (const { taskId, files, hunks, marked } of conflictsNow) {
      const change: BranchChange = {
        ...{ taskId, target, status: 'conflict', conflict: { files, hunks, marked } },
        reason: conflictWords(branches.get(taskId)!.branch, target, files),
      };
      told.push({ change, event: null });
    }
  }
  const isThere = typeof coupling !== 'string' && coupling.within.length > 0;
  const left = isThere ? leftEvents(coupling.base, await train.catchUp(repository, target)) : [];
  await store.transaction(async (sql) => {
    for (const { change } of told) await changeBranch(sql, run.no, change);
    await appendNew(sql, run.no, [...told.flatMap(({ event }) => event ?? []), ...left]);
  });
  const outcomes = told.map(({ change }) => toOutcome(change));
  if (typeof coupling === 'string') return { base: '', isNew: false, chain: [], later, outcomes };
  const { base, chain } = coupling;
  return { base, isNew: coupling.target.isNew, chain, later, outcomes };
}

function toCarriage(
  { runId }: FrozenRun,
  { taskId, branch, head, start, resolves, target }: MergeBranch,
  branches: ReadonlyMap<string, MergeBranch>,
): Carriage {
  const unmarked = (resolves !== null && branches.get(resolves)?.conflict?.files) || [];
  return { taskId, branch, commit: head, start, unmarked, title: `Merge ${taskId} of ${runId} into ${target}` };
}

function withinTarget(
  branch: MergeBranch,
  base: string,
  target: string,
): { change: BranchChange; event: RunEventDraft } {
  const change: BranchChange = { taskId: branch.taskId, status: 'merged', target, reason: null };
  return { change, event: mergedEvent(branch, target, base) };
}

function conflictWords(branch: string, target: string, files: readonly string[]): string {
  const named = files.slice(0, 10).join(', ');
  return `conflict with ${target} in ${named}: merge ${target} into ${branch} by hand, then merge it again`;
}

function toOutcome({ taskId, status, reason }: BranchChange): MergeOutcome {
  return { taskId, status: status as MergeOutcome['status'], reason };
}
