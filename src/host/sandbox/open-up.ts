import { constants } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import { openFolder } from '../jail/open-folder.ts';

/** O_PATH of Linux: for what may not be read. */
const pathOnly = 0o10000000;

/**
 * Makes a folder of a workspace one that its owner can list and change: to get into one, git needs less. Never fails.
 *
 * @param name from the workspace down; what leads to it has to be open
 */
export async function openUp(workspace: string, name: string): Promise<void> {
  const parts = name.split('/');
  const parent = await openFolder(workspace, parts.slice(0, -1)).catch(() => undefined);
  if (!parent) return;
  try {
    const handle = await open(parent.at(parts.at(-1)), pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const { mode } = await handle.stat();
      if ((mode & 0o700) !== 0o700) await chmod(`/proc/self/fd/${handle.fd}`, (mode & 0o7777) | 0o700);
    } finally {
      await handle.close();
    }
  } catch {
    // It is somebody else's, or gone.
  } finally {
    await parent.handle.close();
  }
}

/** The same with all folders on the way. */
export async function openUpTo(workspace: string, parts: readonly string[]): Promise<void> {
  for (const depth of parts.keys()) await openUp(workspace, parts.slice(0, depth + 1).join('/'));
}
