import type { MergeBranch } from '../../store/merges/merge-branches.ts';
import type { Coupling } from '../../worktrees/merge/couple.ts';
import type { TrainHost } from '../../worktrees/merge/train-host.ts';

/**
 * Which branches in conflict have the work of another one in them that is in conflict itself, and of which first. Whoever resolves that
 * resolves it for them, too: to ask their authors as well would be paid twice. `all`: the branches of the run in that repository.
 */
export async function findBehind(
  train: Pick<TrainHost, 'within'>,
  all: readonly MergeBranch[],
  { base, conflicts }: Pick<Coupling, 'base' | 'conflicts'>,
): Promise<Map<string, string>> {
  const behind = new Map<string, string>();
  const now = new Set(conflicts.map(({ taskId }) => taskId));
  const stuck = all.filter(
    ({ taskId, status, head, start }) => (now.has(taskId) || status === 'conflict') && head !== start,
  );
  if (stuck.length < 2) return behind;
  const repository = stuck[0]!.repository;
  // Somebody may have brought its work in by hand.
  const inside = new Set(await train.within(repository, base, headsOf(stuck)));
  const rootOf = rootsOf(all);
  for (const branch of stuck.filter(({ taskId }) => now.has(taskId))) {
    const others = stuck.filter(
      ({ taskId, head }) => head !== branch.head && !inside.has(head) && rootOf(taskId) !== rootOf(branch.taskId),
    );
    if (others.length === 0) continue;
    const had = new Set(await train.within(repository, branch.head, headsOf(others)));
    const first = others.find(({ head }) => had.has(head));
    if (first) behind.set(branch.taskId, first.taskId);
  }
  return behind;
}

function headsOf(branches: readonly MergeBranch[]): string[] {
  return branches.map(({ head }) => head);
}

// Whoever resolves a conflict has the branch in it, and does not wait for it.
function rootsOf(all: readonly MergeBranch[]): (id: string) => string {
  const resolved = new Map(all.map(({ taskId, resolves }) => [taskId, resolves]));
  const rootOf = (id: string): string => {
    const of = resolved.get(id) ?? null;
    return of === null ? id : rootOf(of);
  };
  return rootOf;
}
