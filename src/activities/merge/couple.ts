import type { CoupleInput, CoupleResult, MergeOutcome } from '../../contracts/merge.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { conflictRef, trainRef } from '../../domain/worktrees/refs.ts';
import { appendNew } from '../../store/run/events.ts';
import { changeBranch, listBranches, type BranchChange, type MergeBranch } from '../../store/merges/merge-branches.ts';
import { keepTurn } from '../../store/merges/merge-turns.ts';
import type { Carriage, Coupling } from '../../worktrees/merge/couple.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { findBehind } from './behind.ts';
import { leftEvents, mergedEvent, waitingEvent } from './merge-events.ts';

/** Merges branches of a train into its target as it is now, without moving anything; what is in it already, or in conflict, is noted. */
export async function couple(
  { store, train, folderProblem }: Pick<ActivityDependencies, 'store' | 'train' | 'folderProblem'>,
  run: FrozenRun,
  { repository, target, taskIds }: CoupleInput,
): Promise<CoupleResult> {
  await keepTurn(store.sql, run.no);
  const branches = new Map((await listBranches(store.sql, run.no)).map((branch) => [branch.taskId, branch]));
  const cars = taskIds.flatMap((id) => branches.get(id) ?? []);
  const carriages = cars.map((branch) => toCarriage(run, branch, branches));
  const begun = cars[0]?.begun ?? null;
  const own = [...branches.values()].filter((branch) => branch.repository === repository);
  const heads = own.map(({ taskId, head, status, target: into }) => ({
    ...{ taskId, head, isIn: status === 'merged' && into === target },
  }));
  const { runId } = run;
  const keepAs = { tip: trainRef(runId, target), conflict: conflictRef.bind(null, runId) };
  const coupling =
    folderProblem(repository) ??
    (await train.couple(repository, target, { branches: carriages, begun, heads, keepAs }));
  // Whom others are in conflict with may stay out in the end.
  const isOpen = typeof coupling !== 'string' && coupling.chain.length > 0;
  const later = isOpen ? coupling.conflicts.map(({ taskId }) => taskId) : [];
  const told =
    typeof coupling === 'string'
      ? strandedFor(cars, target, coupling)
      : settledBy(coupling, branches, { target, behind: isOpen ? new Map() : await findBehind(train, own, coupling) });
  const isThere = typeof coupling !== 'string' && coupling.within.length > 0;
  const left = isThere ? leftEvents(coupling.base, await train.catchUp(repository, target)) : [];
  const outcomes: MergeOutcome[] = [];
  await store.transaction(async (sql) => {
    for (const each of told) outcomes.push(toOutcome(each, await changeBranch(sql, run.no, each.change)));
    await appendNew(sql, run.no, [...told.flatMap(({ event }) => event ?? []), ...left]);
  });
  if (typeof coupling === 'string') return { base: '', isNew: false, chain: [], later, outcomes };
  const { base, chain } = coupling;
  return { base, isNew: coupling.target.isNew, chain, later, outcomes };
}

/** What a branch has become, and what the story says of it; null: that is said elsewhere. */
interface Told {
  change: BranchChange;
  event: RunEventDraft | null;
  behind?: string;
}

function strandedFor(cars: readonly MergeBranch[], target: string, reason: string): Told[] {
  return cars.map((branch) => {
    const change: BranchChange = { taskId: branch.taskId, status: 'waiting', reason };
    return { change, event: waitingEvent(branch, target, reason) };
  });
}

// What is in the target already; and, where nothing else can go in, what is in conflict with it.
function settledBy(
  { base, within, chain, conflicts }: Coupling,
  branches: ReadonlyMap<string, MergeBranch>,
  { target, behind }: { target: string; behind: ReadonlyMap<string, string> },
): Told[] {
  const there = within.map((taskId): Told => withinTarget(branches.get(taskId)!, base, target));
  if (chain.length > 0) return there;
  const stuck = conflicts.map(({ taskId, ...conflict }): Told => {
    const { files, isUnsettled } = conflict;
    const known = branches.get(taskId)!;
    const first = behind.get(taskId);
    if (first !== undefined) return waitsBehind(known, target, first);
    const reason = isUnsettled ? unsettledWords(known.branch, files) : conflictWords(known.branch, target, conflict);
    return {
      change: { ...{ taskId, target, status: 'conflict', reason }, conflict },
      event: null,
    };
  });
  return [...there, ...stuck];
}

function toCarriage(
  { runId }: FrozenRun,
  { taskId, branch, head, start, resolves, target }: MergeBranch,
  branches: ReadonlyMap<string, MergeBranch>,
): Carriage {
  const unmarked = (resolves !== null && branches.get(resolves)?.conflict?.files) || [];
  return { taskId, branch, commit: head, start, unmarked, title: `Merge ${taskId} of ${runId} into ${target}` };
}

function waitsBehind(branch: MergeBranch, target: string, behind: string): Told {
  const reason = `it began from the work of ${behind}, whose conflict with ${target} comes first`;
  const change: BranchChange = { taskId: branch.taskId, status: 'waiting', target, reason };
  return { change, event: waitingEvent(branch, target, reason), behind };
}

function withinTarget(branch: MergeBranch, base: string, target: string): Told {
  const change: BranchChange = { taskId: branch.taskId, status: 'merged', target, reason: null };
  return { change, event: mergedEvent(branch, target, base) };
}

function conflictWords(
  branch: string,
  target: string,
  { files, loose }: { files: readonly string[]; loose?: string },
): string {
  const words = `conflict with ${target} in ${named(files)}: merge ${target} into ${branch} by hand, then merge it again`;
  return loose === undefined ? words : `${words}; the branch stands on lines there that ${target} does not have`;
}

function unsettledWords(branch: string, files: readonly string[]): string {
  return `${branch} still has conflict markers in ${named(files)}: take them out and commit that there, then merge it again`;
}

function named(files: readonly string[]): string {
  return files.slice(0, 10).join(', ');
}

// One that is merged stays so: another branch has brought it along.
function toOutcome({ change: { taskId, status, reason }, behind }: Told, isOpen: boolean): MergeOutcome {
  if (!isOpen) return { taskId, status: 'merged', reason: null };
  return { taskId, status: status as MergeOutcome['status'], reason, ...(behind !== undefined && { behind }) };
}
