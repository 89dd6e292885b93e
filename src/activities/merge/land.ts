import type { LandInput, LandResult } from '../../contracts/merge.ts';
import { changeBranch, listBranches, type MergeBranch } from '../../store/merges/merge-branches.ts';
import { appendNew } from '../../store/run/events.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { leftEvents, mergedEvent } from './merge-events.ts';

/** Moves a target to what was gated, and notes which branches are in it. Whoever dies between the two: the next try finds it there. */
export async function land(
  { store, train }: Pick<ActivityDependencies, 'store' | 'train'>,
  run: FrozenRun,
  { repository, target, base, isNew, chain }: LandInput,
): Promise<LandResult> {
  const to = chain.at(-1)!.commit;
  const moved = await train.move(repository, { branch: target, commit: base, isNew }, chain);
  if (moved.kind === 'held') return { ...moved, by: moved.by.map(({ taskId, reason }) => ({ id: taskId, reason })) };
  if (moved.kind === 'moved') return moved;
  const all = (await listBranches(store.sql, run.no)).filter((branch) => branch.repository === repository);
  const merges = new Map(chain.map(({ taskId, commit }) => [taskId, commit]));
  const known = withResolved(all, merges);
  const others = all.filter(
    (branch) => !known.includes(branch) && branch.status !== 'merged' && branch.head !== branch.start,
  );
  const heads = others.map(({ head }) => head);
  const inside = new Set(heads.length === 0 ? [] : await train.within(repository, to, heads));
  // Whoever began from another branch brought it along.
  const brought = new Set(chain.flatMap(({ along: ids = [] }) => ids));
  const along = others.filter(({ taskId, head }) => inside.has(head) || brought.has(taskId));
  const merged = [...known, ...along];
  merged.push(...leftOver(all, merged));
  await store.transaction(async (sql) => {
    for (const { taskId } of merged) {
      const mergedAs = merges.get(taskId);
      await changeBranch(sql, run.no, {
        taskId,
        status: 'merged',
        target,
        reason: null,
        ...(mergedAs && { mergedAs }),
      });
    }
    await appendNew(sql, run.no, [
      ...merged.map((branch) => mergedEvent(branch, target, merges.get(branch.taskId) ?? to)),
      ...leftEvents(to, moved.left),
    ]);
  });
  return { kind: 'landed', along: merged.flatMap(({ taskId }) => (merges.has(taskId) ? [] : [taskId])) };
}

// Whoever resolved a conflict brought the branch that was in it along.
function withResolved(all: readonly MergeBranch[], merges: ReadonlyMap<string, string>): MergeBranch[] {
  const byId = new Map(all.map((branch) => [branch.taskId, branch]));
  const found = new Set<MergeBranch>();
  for (const taskId of merges.keys())
    for (let branch = byId.get(taskId); branch && !found.has(branch); branch = byId.get(branch.resolves ?? ''))
      found.add(branch);
  return [...found];
}

// Whoever was to resolve a conflict and changed nothing has nothing left to bring in, once that branch is in as somebody else resolved it.
function leftOver(all: readonly MergeBranch[], merged: readonly MergeBranch[]): MergeBranch[] {
  const ids = new Set(merged.map(({ taskId }) => taskId));
  return all.filter(
    ({ taskId, status, head, start, resolves }) =>
      status !== 'merged' && head === start && resolves !== null && ids.has(resolves) && !ids.has(taskId),
  );
}
