import { randomUUID } from 'node:crypto';
import { lstat, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { withScratch } from './scratch.ts';
import type { TrainRepository } from './train-repository.ts';

/** Files of a commit in a folder of their own, to run gates on. */
export interface ThrowAway {
  folder: string;
  /** Folders elsewhere that its links lead to, to be found read-only. */
  reads: string[];
}

/**
 * Does something with the files of a commit in a folder that goes away afterwards. It is no repository, no filter and no hook ran for it.
 * `below`: where in the repository the workspace is.
 *
 * `share`: folders of the workspace that git does not have, linked where the commit has nothing of that name.
 *
 * @throws Error of git, or when there is no place
 */
export async function withThrowAway<Result>(
  repository: TrainRepository,
  { commit, below, share }: { commit: string; below: string; share: readonly string[] },
  work: (place: ThrowAway) => Promise<Result>,
): Promise<Result> {
  return withScratch(repository.folder, async (folder) => {
    const git = repository.objects({
      GIT_INDEX_FILE: path.join(repository.scratch, `index-${randomUUID()}`),
      GIT_WORK_TREE: folder,
    });
    await git('read-tree', `${commit}^{tree}`);
    await git('checkout-index', '--all', '--quiet');
    const from = path.join(repository.folder, below);
    return work({ folder, reads: await linkShared(from, path.join(folder, below), share) });
  });
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
