import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { userCacheDir } from '../../config/user-cache-dir.ts';
import { ownFolder } from '../../host/private-folder.ts';

/**
 * Where Node may keep what it compiled of our code, to be run by the next command without a look at the code: a folder that only this
 * account and the system's can change, nor any folder that it lies in. Node's own choice is in the temporary folder, which is everybody's.
 *
 * @returns undefined: there is none
 */
export async function compileCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  try {
    const folder = await ownFolder(join(userCacheDir(env), 'compiled'));
    for (let outer = dirname(folder); outer !== dirname(outer); outer = dirname(outer))
      if (!isOurs(outer)) return undefined;
    return folder;
  } catch {
    return undefined;
  }
}

/** In a folder that is everybody's with the sticky bit, nobody moves what is another's. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return [0, process.getuid?.() ?? uid].includes(uid) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
