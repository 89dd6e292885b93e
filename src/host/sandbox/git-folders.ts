import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isEmptyFolder } from '../entries-of.ts';
import { readPlain } from '../jail/plain-file.ts';
import { JailError } from '../jail/open-folder.ts';

/**
 * Which folders git keeps its own in, of those that lie in the workspace: `.git`, or where a file of that name leads to, and the
 * folder that such a one shares with others. An empty one is none.
 *
 * @throws JailError when `.git` is a link
 */
export async function gitFoldersOf(workspace: string): Promise<{ link: boolean; folders: string[] }> {
  const found = await lstat(path.join(workspace, '.git')).catch(() => undefined);
  if (found?.isSymbolicLink()) throw linkError('.git');
  if (found?.isDirectory()) {
    return { link: false, folders: (await isEmptyFolder(path.join(workspace, '.git'))) ? [] : ['.git'] };
  }
  if (!found?.isFile()) return { link: false, folders: [] };
  const own = await targetOf(workspace, '.git', /^gitdir: (.*?)\s*$/);
  const shared = own && (await targetOf(own, 'commondir', /^(.*?)\s*$/));
  const inside = [shared, own].flatMap((folder) => {
    const relative = folder === undefined ? '..' : path.relative(workspace, folder);
    return relative === '' || relative === '..' || relative.startsWith('../') ? [] : [relative];
  });
  return { link: true, folders: [...new Set(inside)] };
}

/** What cannot be covered, as bubblewrap would follow it. */
export function linkError(name: string): JailError {
  return new JailError(
    'protected',
    `${name} of the workspace is a link, which cannot be guarded: use a plain file or folder`,
  );
}

async function targetOf(base: string, name: string, format: RegExp): Promise<string | undefined> {
  const [, target] = format.exec(String((await readPlain(base, name)) ?? '')) ?? [];
  if (!target) return undefined;
  return realpath(path.resolve(base, target)).catch(() => undefined);
}
