import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { foldersApart } from '../../domain/worktrees/isolation-of.ts';

/** Why tasks of a plan cannot work apart in the folders that they name on this machine, as warnings: a run is refused with the same. */
export async function repositoryWarnings(plan: Plan): Promise<Diagnostic[]> {
  const folders = foldersApart('', plan);
  if (folders.length === 0) return [];
  const [{ findRepository }, { WorktreeError }] = await Promise.all([
    import('../../worktrees/repository.ts'),
    import('../../worktrees/worktree-error.ts'),
  ]);
  const found = await Promise.all(
    folders.map((folder) =>
      findRepository(folder, plan.isolation?.share ?? []).then(
        () => [],
        (error: unknown) => {
          if (!(error instanceof WorktreeError)) throw error;
          return [error.message];
        },
      ),
    ),
  );
  return found.flat().map((message) => ({
    ...{ severity: 'warning', code: 'repository-unfit', message },
    ...{ file: null, line: null, column: null, path: '', hint: null, frame: null },
  }));
}
