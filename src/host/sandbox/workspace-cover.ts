/*
 * What a sandboxed command finds covered in its workspace:
 * C1 What makes git run commands is read-only, and so is what a repository cannot do without (see git-cover.ts).
 * C2 What is believed outside is empty or read-only, also what is not there yet: see believed-cover.ts.
 * C3 bubblewrap resolves what it mounts on the host, links included, and a command running beside us may swap a folder for
 *    a link at any moment: before the command starts, a script inside compares what was mounted with what was meant.
 */
import path from 'node:path';
import { kindOf } from '../kind-of.ts';
import type { BelievedCover } from './believed-cover.ts';
import { coverGit } from './git-cover.ts';
import { openFolder } from '../jail/open-folder.ts';
import { linkError } from './git-folders.ts';
import { isLeased } from './lease.ts';
import type { SubRepository } from './sub-repositories.ts';

// What is written when history is put where a command cannot remove it (see git-history.ts).
const historyParts = ['/gaffer', '/objects/pack'];

const checkScript = `
workspace=$1
for seen in $(ls -di .); do break; done
[ "$seen" = "$2" ] || { echo "not started: the workspace was replaced meanwhile" >&2; exit 125; }
shift 2
# Each line has the folder in its file system before the one that it is mounted on; the last one counts.
mounts=$(cat /proc/self/mountinfo)
root_of() {
  before=\${mounts%" $1 "*}
  [ "$before" != "$mounts" ] && root=\${before##* }
}
root_of "$workspace" && base=\${root%/}
while [ "$1" != -- ]; do
  root_of "$workspace/$1" && [ "$root" = "$base/$1" ] || { echo "not started: $1 of the workspace was replaced meanwhile" >&2; exit 125; }
  shift
done
shift
exec "$@"`;

/**
 * Arguments of bubblewrap that cover parts of the workspace, and the command that checks them and goes on with its arguments.
 * Call `release` when the command is over.
 */
export interface WorkspaceCover {
  mounts: string[];
  check: string[];
  release: () => Promise<void>;
}

/**
 * What covers the workspace (C1-C3). Its mounts come after the workspace's own, which would otherwise lie over them.
 *
 * @throws JailError when a part of the repository that has to be covered is a link
 */
export async function coverWorkspace(
  workspace: string,
  options: {
    believed: BelievedCover;
    gitParts: 'covered' | 'kept-up';
    below: readonly SubRepository[];
    /** What alone of the workspace may be written; null: all of it. */
    lease: readonly string[] | null;
  },
): Promise<WorkspaceCover> {
  const { believed, gitParts, lease } = options;
  const number = await numberOf(workspace);
  const git = await coverGit(workspace, options.below);
  try {
    const isKeptUp = (name: string) => gitParts === 'kept-up' && historyParts.some((part) => name.endsWith(part));
    // An outer mount would lie over an inner one.
    const depth = (name: string): number => name.split('/').length;
    const own = [...new Set([...believed.folders, ...git.writable])];
    const isOpen = (name: string) => lease === null || isLeased(lease, name);
    const folders = [...new Set([...(lease ?? []), ...own.filter(isOpen)])].toSorted((a, b) => depth(a) - depth(b));
    const writable = [...folders, ...git.readOnly.filter(isKeptUp)];
    const readOnly = git.readOnly.filter((name) => !isKeptUp(name));
    const mountsOf = (option: string, names: readonly string[]): string[] => {
      for (const name of names) if (kindOf(path.join(workspace, name)) === 'link') throw linkError(name);
      return names.flatMap((name) => [option, path.join(workspace, name), path.join(workspace, name)]);
    };
    const mounts = [
      ...mountsOf('--bind', writable),
      ...believed.mounts,
      ...mountsOf('--ro-bind', readOnly),
      ...[...new Set(git.locked)].flatMap((name) => ['--lock-file', path.join(workspace, name)]),
    ];
    const checked = [workspace, number, ...believed.checked, ...writable, ...readOnly].map(escapeMount);
    const check = ['/bin/sh', '-c', checkScript, 'gaffer-check', ...checked, '--'];
    return { mounts, check, release: git.release };
  } catch (error) {
    await git.release();
    throw error;
  }
}

/** The folder's number in its file system: by its path, a mount would follow a link that takes its place meanwhile. */
async function numberOf(workspace: string): Promise<string> {
  const { handle } = await openFolder(workspace, []);
  try {
    return String((await handle.stat({ bigint: true })).ino);
  } finally {
    await handle.close();
  }
}

// As the kernel writes paths in mountinfo, where no space is left in one.
function escapeMount(name: string): string {
  return name.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
