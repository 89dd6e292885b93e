import { realOf } from '../host/key-folders.ts';
import { userStateDir } from '../host/private-folder.ts';
import { userConfigDir } from './trust-store.ts';
import { userCacheDir } from './user-cache-dir.ts';

/** Where Gaffer keeps things of its own for this user, as real paths: no work of anybody, also where a workspace contains it. Touches nothing. */
export function ownFolders(): string[] {
  return [userStateDir(), userCacheDir(), userConfigDir()].map(realOf);
}
