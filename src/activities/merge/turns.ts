import type { LeaveTurnResult, TurnInput } from '../../contracts/merge.ts';
import { listBranches } from '../../store/merges/merge-branches.ts';
import { leaveTurns, takeTurn } from '../../store/merges/merge-turns.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Gets a train in line for its target. @returns whether it is its turn */
export async function getInLine(
  { store, train, folderProblem }: Pick<ActivityDependencies, 'store' | 'train' | 'folderProblem'>,
  run: FrozenRun,
  { repository: folder, target }: TurnInput,
): Promise<boolean> {
  // What is wrong with it is said when its branches are looked at.
  if (folderProblem(folder) !== null) return true;
  const branches = await listBranches(store.sql, run.no);
  const host = branches.find(({ repository }) => repository === folder)?.host ?? '';
  const repository = await train.shared(folder);
  return store.transaction((sql) => takeTurn(sql, run.no, { host, repository, target }));
}

/** The train of a run is through. */
export async function leaveLine(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
): Promise<LeaveTurnResult> {
  return { next: await store.transaction((sql) => leaveTurns(sql, run.no)) };
}
