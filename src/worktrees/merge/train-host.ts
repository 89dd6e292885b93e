import { withCode, withTrainRepository, type TrainRepository } from './train-repository.ts';
import { coupleBranches, type Carriage, type Coupling, type KnownHead } from './couple.ts';
import { blame, type MovedFor } from './blame.ts';
import { catchUp, findTarget, headsOf, isTargetName, moveTarget, type Target } from './target.ts';
import { createThrowAways, type ThrowAway } from './throw-away.ts';

/** Refs that keep what was made of branches (`git gc --prune=now` removes what none has): the last merge, and both sides of a conflict. */
interface KeptAs {
  tip: string;
  conflict(taskId: string, commit: string): string;
}

/** Merges branches of the repositories of this machine. Every method: `folder` is one of the repository. @throws Error of git */
export interface TrainHost {
  /** Merges branches one after the other into a target as it is now; words, where it can be none. */
  couple(
    folder: string,
    target: string,
    what: { branches: readonly Carriage[]; begun: string | null; heads: readonly KnownHead[]; keepAs: KeptAs },
  ): Promise<(Coupling & { target: Target }) | string>;
  /** Does something with the files of a commit in a folder of nobody else's. */
  look<Result>(
    folder: string,
    what: { commit: string; below: string; share: readonly string[] },
    work: (place: ThrowAway) => Promise<Result>,
  ): Promise<Result>;
  /** The folder that all worktrees of a repository share, whichever of them is named. */
  shared(folder: string): Promise<string>;
  /** Those of some commits that another one has in its history. */
  within(folder: string, commit: string, of: readonly string[]): Promise<string[]>;
  /** Takes checkouts of a target along that stayed behind as somebody was killed. @returns those that still do, and what to do */
  catchUp(folder: string, target: string): Promise<string[]>;
  /** Moves the target to the last of some merges by compare-and-swap, and its checkouts with it. */
  move(folder: string, target: Target, chain: readonly { taskId: string; commit: string }[]): Promise<MovedFor>;
  /** Removes what this process keeps for the next step, as at the end of a run; another worker's goes within a minute. */
  clear(): Promise<void>;
}

/** The merge train's hands in the repositories of this machine. */
export function createTrainHost(): TrainHost {
  const throwAways = createThrowAways();
  return {
    couple: (folder, branch, what) =>
      withTrainRepository(folder, async (repository) => {
        if (!isTargetName(branch)) return `${branch} is no name of a branch`;
        const heads = await headsOf(repository, [branch, ...what.branches.map((each) => each.branch)]);
        const target = await findTarget(repository, branch, heads);
        if (typeof target === 'string') return target;
        const branches = await withTips(repository, what.branches, heads);
        const coupling = await coupleBranches(repository, target.commit, { ...what, branches });
        await keep(repository, coupling, what.keepAs);
        return { ...coupling, target };
      }),
    look: (folder, what, work) => withTrainRepository(folder, (repository) => throwAways.use(repository, what, work)),
    shared: (folder) => withTrainRepository(folder, ({ common }) => Promise.resolve(common)),
    within: (folder, commit, of) => withTrainRepository(folder, (repository) => commitsWithin(repository, commit, of)),
    catchUp: (folder, branch) => withTrainRepository(folder, (repository) => catchUp(repository, branch)),
    move: (folder, target, chain) =>
      withTrainRepository(folder, async (repository) => {
        const moved = await moveTarget(repository, target, chain.at(-1)!.commit);
        return blame(repository, { target, chain }, moved);
      }),
    clear: () => throwAways.clear(),
  };
}

// While something goes in, it is not known yet whether the others are in conflict.
async function keep({ refs }: TrainRepository, { chain, conflicts }: Coupling, keepAs: KeptAs): Promise<void> {
  const last = chain.at(-1);
  const kept = last
    ? [[keepAs.tip, last.commit] as const]
    : conflicts.map(({ taskId, marked }) => [keepAs.conflict(taskId, marked), marked] as const);
  for (const [ref, commit] of kept) await refs('update-ref', '--no-deref', ref, commit);
}

// Somebody may have gone on with a branch by hand, to resolve its conflict for one: what comes after its task's last commit counts.
async function withTips(
  { objects }: TrainRepository,
  branches: readonly Carriage[],
  tips: ReadonlyMap<string, string>,
): Promise<Carriage[]> {
  const git = objects();
  return Promise.all(
    branches.map(async (each) => {
      const tip = tips.get(each.branch) ?? each.commit;
      if (tip === each.commit) return each;
      const { code } = await withCode(git, [1], 'merge-base', '--is-ancestor', each.commit, tip);
      return code === 0 ? { ...each, commit: tip } : each;
    }),
  );
}

async function commitsWithin({ objects }: TrainRepository, commit: string, of: readonly string[]): Promise<string[]> {
  const outside = new Set((await objects()('rev-list', ...of, `^${commit}`)).split('\n'));
  return of.filter((each) => !outside.has(each));
}
