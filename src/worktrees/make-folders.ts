import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the folders on the way from a folder down to a path, where they are missing. Files of a branch are somebody's: by a link among them
 * what is made, copied or removed would be so elsewhere.
 *
 * @returns whether that way is one of folders; false: a link, or what is no folder, stands in it, and nothing was made below
 */
export async function makeFolders(top: string, path: string): Promise<boolean> {
  let folder = top;
  for (const part of path.split('/').filter((each) => each !== '' && each !== '.')) {
    if (part === '..') return false;
    folder = join(folder, part);
    await mkdir(folder).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    });
    if (!(await lstat(folder)).isDirectory()) return false;
  }
  return true;
}
