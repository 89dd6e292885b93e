/*
 * H1 A folder that a gate ran in is kept a while for the next gate of its repository: ext4 makes new files the slower the more have just been
 *    removed near them (2,000 files: 0.1 s of CPU, 0.7 s once 20 folders of as many have come and gone).
 * H2 What was done there is somebody's, and the next gate must not see it: files are put back by what git's objects hold and the kernel knows of
 *    them, all else is removed, and what git would not look at, too. A folder for which that fails goes away, and a new one is made.
 */
import { lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { openScratch, type Scratch } from './scratch.ts';
import type { TrainRepository } from './train-repository.ts';

/** Files of a commit in a folder of their own, to run gates on. */
export interface ThrowAway {
  folder: string;
  /** Folders elsewhere that its links lead to, to be found read-only. */
  reads: string[];
}

/** Folders with the files of a commit. */
export interface ThrowAways {
  /**
   * Does something with the files of a commit in a folder of nobody else's. It is no repository, no filter and no hook ran for it.
   * `below`: where in the repository the workspace is.
   *
   * `share`: folders of the workspace that git does not have, linked where the commit has nothing of that name.
   *
   * @throws Error of git, or when there is no place
   */
  use<Result>(
    repository: TrainRepository,
    what: { commit: string; below: string; share: readonly string[] },
    work: (place: ThrowAway) => Promise<Result>,
  ): Promise<Result>;
  /** Removes what is kept. */
  clear(): Promise<void>;
}

/** Keeps folders for `idleMs` after their last use (H1), one a repository. */
export function createThrowAways(idleMs = 60_000): ThrowAways {
  const kept = new Map<string, { scratch: Scratch; timer: NodeJS.Timeout }>();
  const take = (common: string): Scratch | undefined => {
    const found = kept.get(common);
    clearTimeout(found?.timer);
    kept.delete(common);
    return found?.scratch;
  };
  const keep = async (common: string, scratch: Scratch): Promise<void> => {
    if (kept.has(common)) return scratch.drop();
    // What cannot be removed now is swept by the next step of a merge.
    const timer = setTimeout(
      () =>
        void take(common)
          ?.drop()
          .catch(() => undefined),
      idleMs,
    ).unref();
    kept.set(common, { scratch, timer });
  };
  return {
    async use(repository, { commit, below, share }, work) {
      const scratch = await filled(repository, commit, take(repository.common));
      let isWhole = false;
      try {
        const from = path.join(repository.folder, below);
        const reads = await linkShared(from, path.join(scratch.folder, below), share);
        const result = await work({ folder: scratch.folder, reads });
        isWhole = true;
        return result;
      } finally {
        await (isWhole ? keep(repository.common, scratch) : scratch.drop());
      }
    },
    async clear() {
      for (const common of [...kept.keys()]) await take(common)?.drop();
    },
  };
}

// H2
async function filled(repository: TrainRepository, commit: string, used: Scratch | undefined): Promise<Scratch> {
  if (used) {
    const isBack = await putBack(repository, commit, used.folder).then(
      () => true,
      () => false,
    );
    if (isBack) return used;
    await used.drop();
  }
  const scratch = await openScratch(repository.folder);
  try {
    await write(repository, commit, scratch.folder);
    return scratch;
  } catch (error) {
    await scratch.drop();
    throw error;
  }
}

async function putBack(repository: TrainRepository, commit: string, folder: string): Promise<void> {
  const git = await write(repository, commit, folder);
  await git('clean', '-ffdxq');
  // It takes everything of that name for its own, and lets it be.
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of all.filter((entry) => /^\.git$/i.test(entry.name)))
    await rm(path.join(parentPath, name), { recursive: true, force: true });
}

async function write({ objects }: TrainRepository, commit: string, folder: string) {
  // Beside it: what runs there sees the folder alone.
  const git = objects({ GIT_INDEX_FILE: `${folder}.index`, GIT_WORK_TREE: folder }, folder);
  await git('read-tree', '--reset', '-u', `${commit}^{tree}`);
  return git;
}

async function linkShared(from: string, to: string, share: readonly string[]): Promise<string[]> {
  const reads: string[] = [];
  for (const name of share) {
    const [source, place] = [path.join(from, name), path.join(to, name)];
    // A link of somebody's would show a gate any folder.
    const found = await lstat(source).catch(() => null);
    const isTaken = (await lstat(place).catch(() => null)) !== null;
    if (!found?.isDirectory() || isTaken || !isBelow(from, source)) continue;
    const parent = await plainParent(to, name);
    if (!parent) continue;
    await symlink(source, place);
    reads.push(source);
  }
  return reads;
}

// The commit's files are somebody's: a link among them must not lead our own link elsewhere.
async function plainParent(root: string, name: string): Promise<boolean> {
  const parts = path.normalize(name).split(path.sep).slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = path.join(root, ...parts.slice(0, depth));
    await mkdir(folder).catch(() => undefined);
    const found = await lstat(folder).catch(() => null);
    if (!found?.isDirectory()) return false;
  }
  return true;
}

function isBelow(root: string, file: string): boolean {
  return path.resolve(file).startsWith(`${path.resolve(root)}${path.sep}`);
}
