import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './remove-tree.ts';

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
