import { lstat, mkdir } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { leaseFolders } from '../domain/worktrees/lease.ts';
import type { WorktreePlace } from './place.ts';
import { WorktreeError } from './worktree-error.ts';

/** See `Worktrees.lease`. */
export async function makeLease({ workspace }: WorktreePlace, globs: readonly string[]): Promise<string[] | null> {
  const isFile = (path: string): boolean =>
    lstatSync(join(workspace, path), { throwIfNoEntry: false })?.isFile() === true;
  const folders = leaseFolders(globs, isFile);
  for (const folder of folders ?? []) await makeFolder(workspace, folder);
  return folders;
}

// Step by step: what is a link leads elsewhere, and the kernel would lend that.
async function makeFolder(workspace: string, folder: string): Promise<void> {
  let path = workspace;
  for (const part of folder.split('/')) {
    path = join(path, part);
    const about = await lstat(path).catch(() => undefined);
    if (about?.isDirectory()) continue;
    if (about)
      throw new WorktreeError(`files_scope: ${folder} of the worktree is a link or no folder, which cannot be leased`);
    await mkdir(path);
  }
}
