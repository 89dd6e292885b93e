/*
 * C1 What is made depends on the target and the branches alone: made again, it is the same commits. So whoever dies meanwhile leaves
 *    nothing that anybody has to find.
 * C2 No worktree, no index and no ref is touched.
 */
import { readHunks } from './hunks.ts';
import { withCode, type TrainRepository } from './train-repository.ts';

/** A branch that is to be merged: its newest commit, and what the merge is called. */
export interface Carriage {
  taskId: string;
  commit: string;
  title: string;
}

/** A branch that is merged into everything before it. `commit`: that merge. */
export interface Coupled {
  taskId: string;
  commit: string;
}

/** A branch that cannot be merged into what is there. */
export interface MergeConflict {
  taskId: string;
  files: string[];
  /** The files' conflicting parts with both sides, as far as there is room. */
  hunks: string;
  /** A merge of both sides with the conflicts marked in its files: whoever settles them begins there. */
  marked: string;
}

/** What becomes of branches when they are merged into a target one after the other. */
export interface Coupling {
  /** The target's commit. */
  base: string;
  chain: Coupled[];
  /** Branches whose work the target has already. */
  within: string[];
  conflicts: MergeConflict[];
}

const mostFiles = 50;

/** Merges branches into a commit, one after the other, each as far as it goes without a conflict. @throws Error of git */
export async function coupleBranches(
  repository: TrainRepository,
  base: string,
  branches: readonly Carriage[],
): Promise<Coupling> {
  const coupling: Coupling = { base, chain: [], within: [], conflicts: [] };
  const { fresh, date } = await lookAt(repository, base, branches);
  const git = repository.objects({ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
  let tip = base;
  for (const { taskId, commit, title } of branches) {
    if (!fresh.has(commit)) {
      coupling.within.push(taskId);
      continue;
    }
    const merge = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', tip, commit];
    const { code, out } = await withCode(git, [1], ...merge);
    const [tree = '', ...files] = out.split('\0').filter((part) => part !== '');
    const made = await git('commit-tree', tree, '-p', tip, '-p', commit, '-m', title);
    if (code === 0) coupling.chain.push({ taskId, commit: (tip = made) });
    else {
      const named = files.slice(0, mostFiles);
      coupling.conflicts.push({ taskId, files: named, hunks: await readHunks(git, tree, named), marked: made });
    }
  }
  return coupling;
}

// One look for all: which commits the target has not, and when the newest of them was made (C1).
async function lookAt(
  { objects }: TrainRepository,
  base: string,
  branches: readonly Carriage[],
): Promise<{ fresh: Set<string>; date: string }> {
  const commits = [...new Set(branches.map(({ commit }) => commit))];
  const git = objects();
  const times = (await git('show', '--no-patch', '--format=%ct', base, ...commits)).split('\n').map(Number);
  const listed = await git('rev-list', ...commits, `^${base}`);
  return { fresh: new Set(listed.split('\n')), date: `@${Math.max(...times)} +0000` };
}
