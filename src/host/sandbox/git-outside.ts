/*
 * Where the git of a workspace lies outside of it: a linked worktree, a submodule, a subfolder of a repository.
 * O1 Commands read it and write nothing of it, so nothing that git runs on the host can be put there.
 * O2 It has to say itself that the workspace is its own, from where git would say it: a `.git` file that somebody sent names any folder, and
 *    what lies in a workspace says whatever its agent wrote.
 * O3 What belongs to another account, or lies in a folder that holds keys (a repository of dot files), is not shown.
 */
import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isEmptyFolder } from '../entries-of.ts';
import { holdsKeys, isInside } from '../key-folders.ts';
import { kindOf } from '../kind-of.ts';
import { readPlain } from '../jail/plain-file.ts';
import { viewMounts, type GitFolders } from './git-view.ts';
import { livingSockets } from './living-sockets.ts';

/** A repository whose own folders lie outside of a workspace. All paths are real ones. */
export interface OutsideGit {
  /** Folder of its working tree: the workspace, or one above it. */
  top: string;
  /** What git keeps its own in. */
  folders: GitFolders;
  /** Files above the workspace that git reads: where its folder is, which files count and how. */
  files: string[];
}

/** The git of a workspace, where it lies outside; null: it lies in it, there is none, or it may not be shown. */
export async function outsideGitOf(workspace: string): Promise<OutsideGit | null> {
  for (let top = workspace; ; top = path.dirname(top)) {
    const kind = kindOf(path.join(top, '.git'));
    const isThere = kind === 'file' || (kind === 'folder' && !(await isEmptyFolder(path.join(top, '.git'))));
    if (isThere)
      return top === workspace && kind === 'folder'
        ? null
        : shown(workspace, top, await foldersOf(workspace, top, kind));
    if (path.dirname(top) === top) return null;
  }
}

async function foldersOf(workspace: string, top: string, kind: 'file' | 'folder'): Promise<GitFolders | null> {
  if (kind === 'folder') return { shared: path.join(top, '.git'), own: path.join(top, '.git') };
  const own = await targetOf(top, '.git', /^gitdir: (.*?)\s*$/);
  if (own === null || isInside(own, workspace) || !(await isItsOwn(own, top))) return null; // O2
  const shared = await targetOf(own, 'commondir', /^(.*?)\s*$/);
  // Of a linked worktree git keeps its own in one place only; anything else would lead to any folder at all.
  if (shared !== null && path.dirname(own) !== path.join(shared, 'worktrees')) return null;
  const folder = shared ?? own;
  return kindOf(path.join(folder, 'HEAD')) === 'file' && kindOf(path.join(folder, 'objects')) === 'folder'
    ? { shared: folder, own }
    : null;
}

// O2. Git notes in a worktree's folder where that is, and in a submodule's configuration.
async function isItsOwn(own: string, top: string): Promise<boolean> {
  if ((await targetOf(own, 'gitdir', /^(.*?)\s*$/)) === path.join(top, '.git')) return true;
  return (await targetOf(own, 'config', /^\s*worktree\s*=\s*"?(.*?)"?\s*$/m)) === top;
}

async function targetOf(base: string, name: string, format: RegExp): Promise<string | null> {
  const [, target] = format.exec(String((await readPlain(base, name)) ?? '')) ?? [];
  return target ? realpath(path.resolve(base, target)).catch(() => null) : null;
}

// O3
function shown(workspace: string, top: string, folders: GitFolders | null): OutsideGit | null {
  const { shared } = folders ?? {};
  if (!folders || shared === undefined || isInside(shared, workspace)) return null;
  const isOurs = !isInside(workspace, shared) && statSync(shared).uid === process.getuid?.();
  if (!isOurs || [top, shared].some(keepsKeys)) return null;
  return { top, folders, files: filesAbove(top, workspace) };
}

function filesAbove(top: string, workspace: string): string[] {
  const steps = path.relative(top, workspace).split(path.sep).filter(Boolean);
  const above = steps.map((_, count) => path.join(top, ...steps.slice(0, count)));
  const rules = above.flatMap((folder) => ['.gitignore', '.gitattributes'].map((name) => path.join(folder, name)));
  const files = above.length === 0 ? [] : [path.join(top, '.git'), ...rules];
  return files.filter((file) => kindOf(file) === 'file' && statSync(file).isFile());
}

// A home is a folder with keys as well; a repository of its own below one is none.
function keepsKeys(folder: string): boolean {
  return holdsKeys(path.basename(folder) === '.git' ? path.dirname(folder) : folder);
}

/** Arguments of bubblewrap that show it (O1); with `isKept` all of it, and what a snapshot is written to is open. To stand before what mounts the workspace. */
export async function outsideMounts({ folders, files }: OutsideGit, isKept: boolean): Promise<string[]> {
  const { shared } = folders;
  const written = ['objects', 'refs'].map((name) => path.join(shared, name));
  const open = written.filter((folder) => kindOf(folder) === 'folder').flatMap((folder) => ['--bind', folder, folder]);
  const sockets = livingSockets(shared).map((name) => path.join(shared, name));
  return [
    ...(isKept ? ['--ro-bind', shared, shared, ...open] : await viewMounts(folders)),
    ...files.flatMap((name) => ['--ro-bind', name, name]),
    ...sockets.flatMap((file) => ['--ro-bind', '/dev/null', file]),
    ...(isKept ? [] : ['--remount-ro', shared]),
  ];
}

/** What git needs to know of it. */
export const outsideEnvironment: Readonly<Record<string, string>> = {
  // The workspace is a mount of its own.
  GIT_DISCOVERY_ACROSS_FILESYSTEM: '1',
  GIT_OPTIONAL_LOCKS: '0',
};

/**
 * Goes before a command in a subfolder, and takes it as its arguments: the rest of the repository is not there, and git must not take it
 * for removed. Its index is a copy, as the real one cannot be written anyway.
 */
export const subfolderScript = `
GIT_INDEX_FILE=$(mktemp) && export GIT_INDEX_FILE && cat "$(env -u GIT_INDEX_FILE git rev-parse --git-path index)" > "$GIT_INDEX_FILE" 2>/dev/null &&
top=$(git rev-parse --show-toplevel) && below=$(git rev-parse --show-prefix) &&
git -C "$top" ls-files -z -- ":(exclude,literal)\${below%/}" 2>/dev/null | git -C "$top" update-index -z --skip-worktree --stdin 2>/dev/null ||
unset GIT_INDEX_FILE
exec "$@"`;
