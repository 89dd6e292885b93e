/*
 * `rm -rf .git` in a sandbox takes no more than what the branch at work has not committed or was committed by the same command:
 * H1 Before a command, what refs lead to is in packs, and the refs are in a list beside: both are read-only for it.
 * H2 What a repository is not one without comes back from there when it is missing, before the next command and after each.
 */
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPlain } from '../jail/plain-file.ts';
import { openFolder } from '../jail/open-folder.ts';

/** Longest list of refs that is brought back. */
const mostBytes = 64 * 1024 * 1024;

/** Where a repository keeps its history, and where git is run for it: from the workspace down. */
export interface History {
  top: string;
  folder: string;
}

/**
 * In the sandbox, with packs and list open to it: packs what is loose, and notes the refs. A repository without a commit has none, and
 * a HEAD all the same. Its arguments are pairs, both absolute: where to run git, and git's folder; it prints each of which that failed.
 */
export const keepHistoryScript = `
git() { command git -c safe.directory='*' -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 "$@"; }
keep() {
  cd -- "$1" && git repack -d -l -q && git pack-refs --all --no-prune || return
  [ -e "$2/packed-refs" ] || : >"$2/packed-refs"
  cp "$2/HEAD" "$2/gaffer/HEAD.new" && cp "$2/packed-refs" "$2/gaffer/packed-refs.new" &&
  mv "$2/gaffer/HEAD.new" "$2/gaffer/HEAD" && mv "$2/gaffer/packed-refs.new" "$2/gaffer/packed-refs"
}
while [ "$#" -gt 0 ]; do
  ( keep "$1" "$2" ) >/dev/null || printf '%s\\0' "$2"
  shift 2
done`;

/** Whether a repository has what was written since its history was put away: a branch, or where HEAD is. */
export async function isHistoryLoose(workspace: string, { folder }: History): Promise<boolean> {
  const at = (name: string): string => path.join(workspace, folder, name);
  // A link may lead anywhere.
  const look = (name: string) => lstat(at(name)).catch(() => undefined);
  const [head, kept, packed, refs] = await Promise.all(['HEAD', 'gaffer/packed-refs', 'packed-refs', 'refs'].map(look));
  if (!head?.isFile() || !refs?.isDirectory()) return false;
  if (!kept) return true;
  if (packed && packed.mtimeMs > kept.mtimeMs) return true;
  const heads = await Promise.all(['HEAD', 'gaffer/HEAD'].map((name) => readPlain(workspace, path.join(folder, name))));
  if (String(heads[0]) !== String(heads[1])) return true;
  const entries = await readdir(at('refs'), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const ref = await lstat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    if (ref && ref.mtimeMs >= kept.mtimeMs) return true;
  }
  return false;
}

/** Brings back what a command removed of a repository (H2). Nothing that is there is touched. */
export async function restoreRepository(workspace: string, { folder }: History): Promise<void> {
  if (!(await keptOf(workspace, folder, 'HEAD'))) return;
  const git = await openFolder(workspace, folder === '' ? [] : folder.split('/'));
  try {
    await mkdir(git.at('refs')).catch(() => undefined);
    for (const name of ['packed-refs', 'HEAD']) {
      if (await lstat(git.at(name)).catch(() => null)) continue;
      const content = await keptOf(workspace, folder, name);
      if (content) await writeFile(git.at(name), content, { flag: 'wx' }).catch(() => undefined);
    }
  } finally {
    await git.handle.close();
  }
}

// Whoever works in a folder above can put there what he likes: a link to a key, a pipe.
function keptOf(workspace: string, folder: string, name: string): Promise<Buffer | null> {
  return readPlain(workspace, path.join(folder, 'gaffer', name), mostBytes);
}
