import { withTrainRepository } from './train-repository.ts';
import { coupleBranches, type Carriage, type Coupling } from './couple.ts';
import { findTarget, moveTarget, type Moved, type Target } from './target.ts';
import { withThrowAway, type ThrowAway } from './throw-away.ts';

/** Merges branches of the repositories of this machine. Every method: `folder` is one of the repository. @throws Error of git */
export interface TrainHost {
  /** Merges branches one after the other into a target as it is now; words, where it can be none. */
  couple(
    folder: string,
    target: string,
    what: { branches: readonly Carriage[]; begun: string | null },
  ): Promise<(Coupling & { target: Target }) | string>;
  /** Does something with the files of a commit in a folder that goes away. */
  look<Result>(
    folder: string,
    what: { commit: string; below: string; share: readonly string[] },
    work: (place: ThrowAway) => Promise<Result>,
  ): Promise<Result>;
  /** Moves the target by compare-and-swap, and its checkouts with it. */
  move(folder: string, target: Target, to: string): Promise<Moved>;
}

/** The merge train's hands in the repositories of this machine. */
export function createTrainHost(): TrainHost {
  return {
    couple: (folder, branch, what) =>
      withTrainRepository(folder, async (repository) => {
        const target = await findTarget(repository, branch);
        if (typeof target === 'string') return target;
        return { ...(await coupleBranches(repository, target.commit, what)), target };
      }),
    look: (folder, what, work) => withTrainRepository(folder, (repository) => withThrowAway(repository, what, work)),
    move: (folder, target, to) => withTrainRepository(folder, (repository) => moveTarget(repository, target, to)),
  };
}
