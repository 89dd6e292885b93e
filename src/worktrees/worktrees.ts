import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { startRef, taskRefPart } from '../domain/worktrees/refs.ts';
import { toRefPart } from '../domain/run/snapshot-ref.ts';
import {
  changedFiles,
  combine,
  commitTree,
  mergeTrees,
  startCommit,
  type LeftOutBranch,
  type StartCommit,
} from './commits.ts';
import { unkeptInWorktrees } from '../host/believed.ts';
import { readNote, type WorktreeNote, type WorktreeOwner, type WorktreePlace } from './place.ts';
import { openPlumbing, type Plumbing, type WorktreesHome } from './plumbing.ts';
import { findRepository, type Repository } from './repository.ts';
import { withoutPointer } from './lfs.ts';
import { WorktreeError } from './worktree-error.ts';
import { keepCommit, keepWhole, moveBranch } from './kept-refs.ts';
import { makeLease } from './make-lease.ts';
import { markedFiles } from './marked-files.ts';
import { mergeSides, type BothSides } from './merge-sides.ts';
import { openWorktree, putBack, removeWorktree, sharedPaths } from './worktree.ts';
import type { Shared } from './shared.ts';
import { writeTree } from './write-tree.ts';

/** Files of a worktree, kept as a commit. */
export interface Snapshot {
  commit: string;
  tree: string;
  /** Paths that it does not hold, as they are too large or cannot be read. */
  leftOut: string[];
}

/** A worktree as it was made once. */
interface MadeWorktree {
  repository: string;
  /** Top of the working tree that it was made of, and the folder below it. */
  top: string;
  folder: string;
  workspace: string;
  shared: Shared;
}

/** Worktrees of this machine, one for each task that works in one. It knows git and files; who has which one is the store's to say. */
export interface Worktrees {
  /** The repository around a folder. @throws WorktreeError when tasks cannot have worktrees of it */
  find(workspace: string, share: readonly string[]): Promise<Repository>;
  place(repository: Repository, owner: WorktreeOwner): WorktreePlace;
  /** Where a worktree stands that was made before. @throws WorktreeError when this machine does not have it */
  known(owner: WorktreeOwner, repositoryId: string): Promise<WorktreePlace>;
  /** The same with what of the checkout it has as copies; `made` says so of one that is gone from here. @throws WorktreeError when its repository is, too */
  again(owner: WorktreeOwner, made: MadeWorktree): Promise<{ place: WorktreePlace; shared: Shared }>;
  /** Whether it stands on this machine. */
  isThere(place: WorktreePlace): boolean;
  /** Folders that globs give a task to write, from its workspace down, made where they are missing; null: all of it. @throws WorktreeError when one is a link */
  lease(place: WorktreePlace, globs: readonly string[]): Promise<string[] | null>;
  /** The checkout as it is now, kept under a ref of the run. */
  start(repository: Repository, owner: Pick<WorktreeOwner, 'runId'>): Promise<StartCommit & { branch: string | null }>;
  /** What a task begins from that depends on others. */
  combine(
    repository: Repository,
    from: { base: string; heads: readonly { branch: string; commit: string }[]; title: string },
  ): Promise<{ commit: string; leftOut: LeftOutBranch[] }>;
  /** Has the worktree stand at a commit, whatever was there before. @returns whether it had to be made. @throws WorktreeError */
  open(place: WorktreePlace, state: { start: string; shared: Shared }): Promise<boolean>;
  /** Keeps the files as a commit on top of another one; null: they are as `parent` has them, all of them. */
  snapshot(place: WorktreePlace, on: { parent: string; shared: Shared; title: string }): Promise<Snapshot | null>;
  /** Gives back every byte of a commit. */
  putBack(place: WorktreePlace, state: { commit: string; shared: Shared }): Promise<void>;
  /** Files that differ between two commits. */
  changed(repository: Repository, from: string, to: string): Promise<string[]>;
  /** Those of some files that Git LFS keeps, and of which a commit has more than the pointer. */
  withoutPointer(place: WorktreePlace, commit: string, files: readonly string[]): Promise<string[]>;
  /** Those of some files that have conflict markers in a commit. */
  marked(repository: Repository, commit: string, files: readonly string[]): Promise<string[]>;
  /** Files that two commits cannot be merged by. */
  conflicts(repository: Repository, one: string, other: string): Promise<string[]>;
  /** A merge of two commits. Files that conflict are in it as they have them, or with conflict markers. @returns its name, and those files */
  merge(place: WorktreePlace, of: BothSides): Promise<{ commit: string; files: string[] }>;
  /** One commit of all that was done from one to another. @returns its name */
  squash(repository: Repository, of: { head: string; onto: string; title: string; body: string }): Promise<string>;
  /**
   * Keeps a commit that goes on from another one under a ref. @throws Error of git, also when somebody pruned some of it before the ref was there:
   * then it is to be made again
   */
  setRef(repository: Repository, ref: string, at: { commit: string; on: string }): Promise<void>;
  /** Keeps a commit under a ref, or under the next of its name (`REF@2` …) where that keeps other work. @returns the ref that has it */
  keep(repository: Repository, ref: string, commit: string): Promise<string>;
  /** Has a task's branch stand at a commit. What somebody did on the branch since is kept under `keep` first, as {@link Worktrees.keep} does. */
  moveBranch(repository: Repository, to: { branch: string; commit: string; keep: string }): Promise<void>;
  /** Whether some branch that is no task's has a commit, here or at a remote. */
  isMerged(repository: Repository, commit: string): Promise<boolean>;
  remove(place: WorktreePlace): Promise<void>;
  /** All that stand on this machine, with what is known of them. */
  list(): Promise<{ place: WorktreePlace; note: WorktreeNote }[]>;
}

/** Worktrees below a folder of ours (`root`), a real path that nobody else can write to. */
export function createWorktrees(home: WorktreesHome): Worktrees {
  const { root } = home;
  const known = new Map<string, Promise<Plumbing>>();
  const plumbingOf = (repository: Repository): Promise<Plumbing> => {
    const plumbing = known.get(repository.id) ?? openPlumbing(home, repository);
    known.set(repository.id, plumbing);
    plumbing.catch(() => known.delete(repository.id));
    return plumbing;
  };
  return {
    find: findRepository,
    place: (repository, owner) => placeOf(root, repository, owner),
    known: async (owner, repositoryId) => knownPlace(root, owner, repositoryId),
    again: (owner, made) => placeAgain(root, owner, made),
    isThere: (place) => existsSync(place.folder) && readNote(place)?.admin !== undefined,
    lease: makeLease,
    start: (repository, { runId }) => keepStart(home, repository, runId),
    combine: async (repository, from) => combine(await plumbingOf(repository), from),
    open: async (place, state) => openWorktree(await plumbingOf(place.repository), place, state),
    snapshot: async (place, on) => takeSnapshot(await plumbingOf(place.repository), place, on),
    async putBack(place, { commit, shared }) {
      const plumbing = await plumbingOf(place.repository);
      await putBack(plumbing, place, { commit, without: sharedPaths(place.repository, shared) });
    },
    changed: async (repository, from, to) => changedFiles(await plumbingOf(repository), from, to),
    withoutPointer: async (place, commit, files) =>
      place.repository.hasLfs ? withoutPointer(await plumbingOf(place.repository), place, { commit, files }) : [],
    marked: async (repository, commit, files) => markedFiles((await plumbingOf(repository)).objects, commit, files),
    conflicts: async (repository, one, other) => (await mergeTrees(await plumbingOf(repository), one, other)).files,
    merge: async (place, of) => mergeSides(await plumbingOf(place.repository), place, of),
    squash: async (repository, of) => squash(await plumbingOf(repository), of),
    setRef: async (repository, ref, at) => keepWhole(await plumbingOf(repository), ref, at),
    keep: async (repository, ref, commit) => keepCommit(await plumbingOf(repository), ref, commit),
    moveBranch: async (repository, to) => moveBranch(await plumbingOf(repository), to),
    isMerged: async (repository, commit) => isMerged(await plumbingOf(repository), commit),
    remove: async (place) => removeWorktree(await plumbingOf(place.repository), place),
    list: () => listPlaces(root),
  };
}

async function keepStart(home: WorktreesHome, repository: Repository, runId: string) {
  const checkout = await openPlumbing(home, repository, 'checkout');
  const title = `gaffer: the checkout as run ${runId} found it`;
  const start = await startCommit(checkout, { scratch: join(home.root, repository.id), title });
  await keepWhole(checkout, startRef(runId, repository.id), { commit: start.commit, on: repository.head });
  const branch = await checkout.refs('symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => null);
  return { ...start, branch };
}

function placeOf(root: string, repository: Repository, owner: WorktreeOwner): WorktreePlace {
  const around = join(root, repository.id, toRefPart(owner.runId));
  const name = taskRefPart(owner.taskId);
  const folder = join(around, name);
  return { repository, owner, folder, workspace: join(folder, repository.inside), notes: join(around, `.${name}`) };
}

function knownPlace(root: string, owner: WorktreeOwner, repositoryId: string): WorktreePlace {
  const notes = join(root, repositoryId, toRefPart(owner.runId), `.${taskRefPart(owner.taskId)}`);
  const note = readNote({ notes });
  if (note) return placeOf(root, note.repository, owner);
  throw new WorktreeError(`there is no worktree of task ${owner.taskId} of run ${owner.runId} on this machine`);
}

async function placeAgain(root: string, owner: WorktreeOwner, made: MadeWorktree) {
  const notes = join(root, made.repository, toRefPart(owner.runId), `.${taskRefPart(owner.taskId)}`);
  const note = readNote({ notes });
  if (note) return { place: placeOf(root, note.repository, owner), shared: note.shared };
  const source = join(made.top, relative(made.folder, made.workspace));
  const repository = await findRepository(source, made.shared.share);
  return { place: placeOf(root, repository, owner), shared: made.shared };
}

async function takeSnapshot(
  plumbing: Plumbing,
  place: WorktreePlace,
  { parent, shared, title }: { parent: string; shared: Shared; title: string },
): Promise<Snapshot | null> {
  const { folder, notes, repository } = place;
  const without = sharedPaths(repository, shared);
  // Nothing keeps an agent from making these, and who merges its branch would have them believed.
  const notNew = unkeptInWorktrees
    .map((name) => join(repository.inside, name))
    .filter((name) => existsSync(join(folder, name)));
  const { tree, leftOut } = await writeTree(plumbing, {
    ...{ folder, index: join(notes, 'index'), base: parent, without, notNew },
  });
  const before = await plumbing.objects('rev-parse', `${parent}^{tree}`);
  // What it cannot keep is told each time: whoever ends the work must know.
  if (tree === before && leftOut.length === 0) return null;
  return { commit: await commitTree(plumbing, { tree, parents: [parent], title }), tree, leftOut };
}

function squash(
  plumbing: Plumbing,
  { head, onto, title, body }: { head: string; onto: string; title: string; body: string },
): Promise<string> {
  return commitTree(plumbing, { tree: `${head}^{tree}`, parents: [onto], title, body });
}

async function isMerged({ refs }: Plumbing, commit: string): Promise<boolean> {
  const said = await refs('for-each-ref', '--format=%(refname)', '--contains', commit, 'refs/heads', 'refs/remotes');
  // A task's branch that was pushed for somebody to look at is still only that.
  return said.split('\n').some((ref) => ref !== '' && !/^refs\/(?:heads|remotes\/[^/]+)\/gaffer\//.test(ref));
}

// W1. Repositories and runs have folders of their own, and a task's notes begin with a full stop.
async function listPlaces(root: string): Promise<{ place: WorktreePlace; note: WorktreeNote }[]> {
  const found: { place: WorktreePlace; note: WorktreeNote }[] = [];
  for (const id of await namesIn(root)) {
    for (const run of await namesIn(join(root, id))) {
      const around = join(root, id, run);
      for (const name of (await namesIn(around)).filter((each) => each.startsWith('.'))) {
        const note = readNote({ notes: join(around, name) });
        if (!note) continue;
        const { repository, runKey, runId, taskId } = note;
        found.push({ place: placeOf(root, repository, { runKey, runId, taskId }), note });
      }
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
