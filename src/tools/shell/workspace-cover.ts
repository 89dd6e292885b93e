/*
 * What a sandboxed command finds covered in its workspace:
 * C1 What makes git run commands is read-only: the next git command on the host would run them.
 * C2 Gaffer's own data is gone, files with keys are empty.
 * C3 bubblewrap resolves what it mounts on the host, links included, and a command running beside us may swap a folder for
 *    a link at any moment: before the command starts, a script inside compares what was mounted with what was meant.
 */
import { existsSync } from 'node:fs';
import { lstat, mkdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { JailError, openFolder } from '../files/workspace-jail.ts';

// A folder can be renamed, covered parts and all, unless it is a mount itself: so these two are mounted onto themselves.
const gitFolders = ['.git', '.git/info'];
const gitTriggers = ['.git/hooks', '.git/config', '.git/config.worktree', '.git/info/attributes', '.git/modules'];

// Descriptors that runShell opens: empty files.
const emptyFiles = { '.env': '4', '.env.local': '5' };

const checkScript = `
workspace=$1
shift
while [ "$1" != -- ]; do
  base= seen=
  while read -r _ _ _ root point _; do
    [ "$point" = "$workspace" ] && base=\${root%/}
    [ "$point" = "$workspace/$1" ] && seen=$root
  done </proc/self/mountinfo
  [ -n "$seen" ] && [ "$seen" = "$base/$1" ] || { echo "not started: $1 of the workspace was replaced meanwhile" >&2; exit 125; }
  shift
done
shift
exec "$@"`;

/** Arguments of bubblewrap that cover parts of the workspace, and the command that checks them and goes on with its arguments. */
export interface WorkspaceCover {
  mounts: string[];
  check: string[];
}

/**
 * What covers the workspace (C1-C3). Its mounts come after the workspace's own, which would otherwise lie over them.
 *
 * @throws JailError when a part of the repository that has to be covered is a link
 */
export async function coverWorkspace(workspace: string): Promise<WorkspaceCover> {
  const mounts: string[] = [];
  const checked: string[] = [];
  const cover = (name: string, option: string) => {
    mounts.push(option, path.join(workspace, name), path.join(workspace, name));
    checked.push(name);
  };
  const git = await kindOf(workspace, '.git');
  if (git === 'file') cover('.git', '--ro-bind');
  if (git === 'folder') {
    await makeHooksFolder(workspace);
    for (const name of gitFolders) if (await kindOf(workspace, name)) cover(name, '--bind');
    for (const name of gitTriggers) if (await kindOf(workspace, name)) cover(name, '--ro-bind');
  }
  if ((await kindOf(workspace, '.gaffer')) === 'folder') mounts.push('--tmpfs', path.join(workspace, '.gaffer'));
  for (const [name, descriptor] of Object.entries(emptyFiles)) {
    if ((await kindOf(workspace, name)) === 'file')
      mounts.push('--ro-bind-data', descriptor, path.join(workspace, name));
  }
  return { mounts, check: ['/bin/sh', '-c', checkScript, 'gaffer-check', escapeMount(workspace), ...checked, '--'] };
}

// A missing folder could be made by the command, and then holds hooks.
async function makeHooksFolder(workspace: string): Promise<void> {
  const git = await openFolder(workspace, ['.git']);
  try {
    await mkdir(git.at('hooks')).catch(() => undefined);
  } finally {
    await git.handle.close();
  }
}

async function kindOf(workspace: string, name: string): Promise<'file' | 'folder' | undefined> {
  const found = await lstat(path.join(workspace, name)).catch(() => undefined);
  if (found?.isSymbolicLink() && name.startsWith('.git')) {
    throw new JailError(
      'protected',
      `${name} of the workspace is a link, which cannot be guarded: use a plain file or folder`,
    );
  }
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
}

// As the kernel writes paths in mountinfo.
function escapeMount(name: string): string {
  return name.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * Removes `.git/commondir` after a command when it was not there before.
 *
 * It would send the host's git to a config that the command wrote, and cannot be covered, as git obeys even an empty one.
 */
export async function guardCommonDir(workspace: string): Promise<() => Promise<void>> {
  if (existsSync(path.join(workspace, '.git', 'commondir'))) return () => Promise.resolve();
  return async () => {
    const git = await openFolder(workspace, ['.git']).catch(() => undefined);
    if (!git) return;
    try {
      await unlink(git.at('commondir')).catch(() => undefined);
    } finally {
      await git.handle.close();
    }
  };
}
