import { homedir, userInfo } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { realpathSync } from 'node:fs';

/** Folders of a home that hold keys: no file may have agents work there, nor in one that contains them. */
const keyFolders = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.config',
  '.local/share/keyrings',
  '.claude',
];

/** Whether a folder holds the keys of this user, lies among them or contains them. `folder` is a real path. */
export function holdsKeys(folder: string): boolean {
  const homes = [homedir(), accountHome()].map(realOf);
  return homes.some((home) =>
    keyFolders.map((name) => join(home, name)).some((keys) => isInside(keys, folder) || isInside(folder, keys)),
  );
}

function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

/** Whether a path is a folder or lies below it. Both are real paths. */
export function isInside(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}

/** The real path; of what is not there, the path itself. */
export function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
