import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { leaseFolders } from '../domain/worktrees/lease.ts';
import { makeFolders } from './make-folders.ts';
import type { WorktreePlace } from './place.ts';
import { WorktreeError } from './worktree-error.ts';

/** See `Worktrees.lease`. */
export async function makeLease(place: WorktreePlace, globs: readonly string[]): Promise<string[] | null> {
  const { folder: top, workspace, repository } = place;
  if (!(await makeFolders(top, repository.inside)))
    throw new WorktreeError(`${repository.inside} is a link or no folder in what this task begins from`);
  const isFile = (path: string): boolean =>
    lstatSync(join(workspace, path), { throwIfNoEntry: false })?.isFile() === true;
  const folders = leaseFolders(globs, isFile);
  for (const folder of folders ?? []) {
    // The kernel would lend what a link leads to.
    if (!(await makeFolders(workspace, folder)))
      throw new WorktreeError(`files_scope: ${folder} of the worktree is a link or no folder, which cannot be leased`);
  }
  return folders;
}
