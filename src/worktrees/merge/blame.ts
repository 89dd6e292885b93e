import { changesBetween } from './checkout-files.ts';
import { problemWords } from './checkouts.ts';
import { inTheWay, type Moved, type Target } from './target.ts';
import type { TrainRepository } from './train-repository.ts';

/** What came of moving a target to the last of some merges. `by`: whose changes a checkout holds back, each with its reason; none: that of all. */
export type MovedFor =
  Exclude<Moved, { kind: 'held' }> | { kind: 'held'; reason: string; by: { taskId: string; reason: string }[] };

/** Says whose changes are in the way where a target could not be moved along some merges, one made on top of the other. @throws Error of git */
export async function blame(
  repository: TrainRepository,
  { target, chain }: { target: Target; chain: readonly { taskId: string; commit: string }[] },
  moved: Moved,
): Promise<MovedFor> {
  if (moved.kind !== 'held') return moved;
  const { reason, folder, problem } = moved;
  const by: { taskId: string; reason: string }[] = [];
  let before = target.commit;
  for (const { taskId, commit } of problem.files === null ? [] : chain) {
    const changed = new Set((await changesBetween(repository, before, commit)).map(({ name }) => name));
    const own = problem.files!.filter((name) => changed.has(name));
    if (own.length > 0) by.push({ taskId, reason: inTheWay(target.branch, folder, problemWords(problem, own)) });
    before = commit;
  }
  return { kind: 'held', reason, by };
}
