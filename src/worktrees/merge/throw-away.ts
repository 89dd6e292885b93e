/*
 * H1 A folder in which a gate changed nothing is kept a while for the next gate of its repository: ext4 makes new files the slower the more have
 *    just been removed near them (2,000 files: 0.1 s of CPU, 0.7 s once 20 folders of as many have come and gone).
 * H2 The kernel says whether anything was changed: bytes, rights, names, links and times move a ctime, which nobody can set back. No putting back is as
 *    sure: git looks at no rights but one, into no submodule, and at no file whose attributes alone changed.
 */
import { lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Git } from '../../host/git.ts';
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

/** A folder that nobody has changed since `commit` was written there, with what its bytes depend on besides. */
interface Kept {
  scratch: Scratch;
  commit: string;
  settings: string;
}

/** Keeps folders for `idleMs` after their last use (H1), one a repository. */
export function createThrowAways(idleMs = 60_000): ThrowAways {
  const kept = new Map<string, Kept & { timer: NodeJS.Timeout }>();
  const take = (common: string): Kept | undefined => {
    const found = kept.get(common);
    clearTimeout(found?.timer);
    kept.delete(common);
    return found;
  };
  const keep = async (common: string, one: Kept): Promise<void> => {
    if (kept.has(common)) return one.scratch.drop();
    // What cannot be removed now is swept by the next step of a merge.
    const timer = setTimeout(
      () =>
        void take(common)
          ?.scratch.drop()
          .catch(() => undefined),
      idleMs,
    ).unref();
    kept.set(common, { ...one, timer });
  };
  return {
    async use(repository, { commit, below, share }, work) {
      const scratch = await filled(repository, commit, take(repository.common));
      let isSame = false;
      try {
        const from = path.join(repository.folder, below);
        const reads = await linkShared(from, path.join(scratch.folder, below), share);
        const since = await nextTick(scratch.folder);
        const result = await work({ folder: scratch.folder, reads });
        isSame = await isUnchanged(scratch.folder, since);
        return result;
      } finally {
        await (isSame ? keep(repository.common, toKept(repository, commit, scratch)) : scratch.drop());
      }
    },
    async clear() {
      for (const common of [...kept.keys()]) await take(common)?.scratch.drop();
    },
  };
}

function toKept({ settings }: TrainRepository, commit: string, scratch: Scratch): Kept {
  return { scratch, commit, settings: JSON.stringify(Object.fromEntries(settings)) };
}

async function filled(repository: TrainRepository, commit: string, used: Kept | undefined): Promise<Scratch> {
  if (used) {
    const isMoved = await moved(repository, commit, used).catch(() => false);
    if (isMoved) return used.scratch;
    // One that cannot be removed is swept by a later step.
    await used.scratch.drop().catch(() => undefined);
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

// What attributes alone change in a file, git does not write anew.
async function moved(repository: TrainRepository, commit: string, { scratch, ...before }: Kept): Promise<boolean> {
  if (toKept(repository, commit, scratch).settings !== before.settings) return false;
  const changed = ['diff-tree', '-r', '--name-only', before.commit, commit, '--', ':(glob)**/.gitattributes'];
  if ((await repository.objects()(...changed)) !== '') return false;
  const git = await write(repository, commit, scratch.folder);
  // Our own links.
  await git('clean', '-ffdxq');
  return true;
}

async function write({ objects }: TrainRepository, commit: string, folder: string): Promise<Git> {
  // Beside it: what runs there sees the folder alone.
  const git = objects({ GIT_INDEX_FILE: `${folder}.index`, GIT_WORK_TREE: folder }, folder);
  await git('read-tree', '--reset', '-u', `${commit}^{tree}`);
  return git;
}

/** Longest step of the clock by which the kernel notes changes, doubled, in ms. */
const tickMs = 20;

// A time of the kernel's at which all that is there was changed before, in ns.
async function nextTick(folder: string): Promise<bigint> {
  await sleep(tickMs);
  const probe = `${folder}.now`;
  await writeFile(probe, '');
  return (await lstat(probe, { bigint: true })).ctimeNs;
}

// H2
async function isUnchanged(folder: string, since: bigint): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return false;
  const all = [folder, ...entries.map(({ name, parentPath }) => path.join(parentPath, name))];
  for (let from = 0; from < all.length; from += atOnce) {
    const found = await Promise.all(
      all.slice(from, from + atOnce).map((each) => lstat(each, { bigint: true }).catch(() => null)),
    );
    if (found.some((about) => about === null || about.ctimeNs >= since)) return false;
  }
  return true;
}

/** How many files are looked at together. */
const atOnce = 256;

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
