import { randomUUID } from 'node:crypto';
import { chmod, lstat, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Longest path that is gone down by, in bytes: with one more name it is far below what a system call takes (4,096). */
const longestPath = 2000;

/**
 * Removes what hostile programs left: folders that nobody may list are opened first, what is too deep to be named is moved up first, links are
 * removed and not followed.
 *
 * @throws Error of the file system, when something of it stays
 */
export async function removeTree(top: string): Promise<void> {
  try {
    await rm(top, { recursive: true, force: true });
  } catch {
    await openUp(top);
    await rm(top, { recursive: true, force: true });
  }
}

async function openUp(top: string): Promise<void> {
  const pending = [top];
  for (const folder of pending) {
    if (!(await lstat(folder)).isDirectory()) continue;
    await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { withFileTypes: true }))
      if (entry.isDirectory()) pending.push(await withinReach(top, path.join(folder, entry.name)));
  }
}

async function withinReach(top: string, folder: string): Promise<string> {
  if (Buffer.byteLength(folder) <= longestPath) return folder;
  const up = path.join(top, randomUUID());
  await chmod(folder, 0o700);
  await rename(folder, up);
  return up;
}
