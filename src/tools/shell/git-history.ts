/*
 * `rm -rf .git` in a sandbox takes no more than what the branch at work has not committed or was committed by the same command:
 * H1 Before a command, what refs lead to is in packs, and the refs are in a list beside: both are read-only for it.
 * H2 What a repository is not one without comes back from there when it is missing, before the next command and after each.
 */
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPlain } from '../files/plain-file.ts';
import { openFolder } from '../files/workspace-jail.ts';

/** Longest list of refs that is brought back. */
const mostBytes = 64 * 1024 * 1024;

/** In the sandbox, with packs and list open to it: packs what is loose, and notes the refs. */
export const keepHistoryScript = `
set -e
git() { command git -c safe.directory='*' -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 "$@"; }
git repack -d -l -q
git pack-refs --all --no-prune
cp .git/HEAD .git/gaffer/HEAD
cp .git/packed-refs .git/gaffer/packed-refs.new
mv .git/gaffer/packed-refs.new .git/gaffer/packed-refs`;

/** Whether a ref of the workspace's own repository was written since history was put away. */
export async function isHistoryLoose(workspace: string): Promise<boolean> {
  const refs = path.join(workspace, '.git/refs');
  // A link may lead anywhere.
  if (!(await lstat(refs).catch(() => undefined))?.isDirectory()) return false;
  const kept = await lstat(path.join(workspace, '.git/gaffer/packed-refs')).catch(() => undefined);
  const entries = await readdir(refs, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    if (!kept) return true;
    const ref = await lstat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    if (ref && ref.mtimeMs >= kept.mtimeMs) return true;
  }
  return false;
}

/** Brings back what a command removed of the repository (H2). Nothing that is there is touched. */
export async function restoreRepository(workspace: string): Promise<void> {
  if (!(await keptOf(workspace, 'HEAD'))) return;
  const git = await openFolder(workspace, ['.git']);
  try {
    await mkdir(git.at('refs')).catch(() => undefined);
    for (const name of ['packed-refs', 'HEAD']) {
      if (await lstat(git.at(name)).catch(() => null)) continue;
      const content = await keptOf(workspace, name);
      if (content) await writeFile(git.at(name), content, { flag: 'wx' }).catch(() => undefined);
    }
  } finally {
    await git.handle.close();
  }
}

// Whoever works in a folder above can put there what he likes: a link to a key, a pipe.
function keptOf(workspace: string, name: string): Promise<Buffer | null> {
  return readPlain(workspace, `.git/gaffer/${name}`, mostBytes);
}
