import { withCode, withTrainRepository, type TrainRepository } from './train-repository.ts';
import { coupleBranches, type Carriage, type Coupling } from './couple.ts';
import { checkedOutBranch, findTarget, moveTarget, type Moved, type Target } from './target.ts';
import { withThrowAway, type ThrowAway } from './throw-away.ts';

/** Merges branches of the repositories of this machine. Every method: `folder` is one of the repository. @throws Error of git */
export interface TrainHost {
  /** The branch that is checked out; null: none is. */
  checkedOut(folder: string): Promise<string | null>;
  /** Merges branches one after the other into a target as it is now; words, where it can be none. */
  couple(
    folder: string,
    target: string,
    branches: readonly Carriage[],
  ): Promise<(Coupling & { target: Target }) | string>;
  /** Those of some commits that another one has in its history. */
  within(folder: string, commits: readonly string[], of: string): Promise<string[]>;
  /** Does something with the files of a commit in a folder that goes away. */
  look<Result>(
    folder: string,
    what: { commit: string; share: readonly string[] },
    work: (place: ThrowAway) => Promise<Result>,
  ): Promise<Result>;
  /** Moves the target by compare-and-swap, and its checkouts with it. */
  move(folder: string, target: Target, to: string): Promise<Moved>;
}

/** The merge train's hands in the repositories of this machine. */
export function createTrainHost(): TrainHost {
  return {
    checkedOut: (folder) => withTrainRepository(folder, ({ refs }) => checkedOutBranch(refs)),
    couple: (folder, branch, branches) =>
      withTrainRepository(folder, async (repository) => {
        const target = await findTarget(repository, branch);
        if (typeof target === 'string') return target;
        return { ...(await coupleBranches(repository, target.commit, branches)), target };
      }),
    within: (folder, commits, of) => withTrainRepository(folder, (repository) => ancestors(repository, commits, of)),
    look: (folder, what, work) => withTrainRepository(folder, (repository) => withThrowAway(repository, what, work)),
    move: (folder, target, to) => withTrainRepository(folder, (repository) => moveTarget(repository, target, to)),
  };
}

async function ancestors({ objects }: TrainRepository, commits: readonly string[], of: string): Promise<string[]> {
  const found: string[] = [];
  for (const commit of commits) {
    const { code } = await withCode(objects(), [1], 'merge-base', '--is-ancestor', commit, of);
    if (code === 0) found.push(commit);
  }
  return found;
}
