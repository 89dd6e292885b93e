import { chmod, lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where a program's `/tmp` is, in its home. */
const temporaryName = '.gaffer-tmp';

/** A home, and the folder for temporary files in it. Both are real paths. */
export interface OwnFolders {
  home: string;
  temporary: string;
  /** Removes what was left in the temporary one. */
  sweep(): Promise<void>;
}

/** Makes a program's own folders where they are missing. What an earlier program left in the temporary one is gone. */
export async function openOwnFolders(named: string): Promise<OwnFolders> {
  await mkdir(named, { recursive: true, mode: 0o700 });
  const home = await realpath(named);
  const temporary = path.join(home, temporaryName);
  const sweep = () => removeTree(temporary);
  await sweep();
  await mkdir(temporary, { mode: 0o700 });
  return { home, temporary, sweep };
}

/** Removes what hostile programs left: folders that nobody may list are opened first, links are removed and not followed. */
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
      if (entry.isDirectory()) pending.push(path.join(folder, entry.name));
  }
}
