/*
 * Whatever is odd about a repository works, or is refused here with its reason, before anything is paid:
 * works     linked worktrees, subfolders, shallow and sparse checkouts (agents get all files), a checkout with uncommitted work (see
 *           start.ts), SHA-256, files of Git LFS as their pointers, submodules that `workspace.share` names
 * refused   a branch called `gaffer`, which leaves no room for those of tasks, no repository, bare ones, those of other accounts, none with a commit, submodules, names that only case tells apart where the
 *           file system cannot
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { fingerprint } from '../domain/fingerprint.ts';
import { gitIn, type Git } from '../host/git.ts';
import { reasonOf, WorktreeError } from './worktree-error.ts';

/** A repository that tasks can have worktrees of. Paths are real ones. */
export interface Repository {
  /** Names it among those of this machine. */
  id: string;
  /** Top of the working tree around the workspace. */
  top: string;
  /** The folder that all of its worktrees share. */
  common: string;
  objects: string;
  format: string;
  /** The workspace, from `top` down; '': it is the top. */
  inside: string;
  /** Commit that is checked out. */
  head: string;
  /** Whether files of it are kept by Git LFS. */
  hasLfs: boolean;
}

const timeoutMs = 60_000;

/**
 * Looks at the repository around a folder.
 *
 * @param share paths from the folder down that tasks get as copies: submodules among them are none to git then
 * @throws WorktreeError when it cannot be worked in so
 */
export async function findRepository(workspace: string, share: readonly string[]): Promise<Repository> {
  if (!existsSync(workspace)) throw new WorktreeError(`there is no folder ${workspace}`);
  const folder = realpathSync(workspace);
  const git = gitIn(folder, { timeoutMs });
  const [top, common, objects, format] = await places(git, folder);
  const inside = relative(top, folder);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new WorktreeError(`the git repository of ${folder} has its files elsewhere, in ${top}`);
  }
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}').catch(() => {
    const way =
      'make one (`git commit --allow-empty -m begin`), or let its tasks work in it as it is (`isolate: shared`)';
    throw new WorktreeError(`the git repository in ${top} has no commit yet: ${way}`);
  });
  await refuseTakenName(git, top);
  await refuseSubmodules(git, { top, inside, share });
  await refuseSameNames(git, top);
  const hasLfs = await git('grep', '-q', '-I', 'filter=lfs', head, '--', ':(top,glob)**/.gitattributes').then(
    () => true,
    () => false,
  );
  const id = `${basename(top)
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 40)}-${fingerprint(common)}`;
  return { id, top, common, objects, format, inside, head, hasLfs };
}

async function places(git: Git, folder: string): Promise<[string, string, string, string]> {
  const asked = ['--show-toplevel', '--git-common-dir', '--git-path', 'objects', '--show-object-format'];
  try {
    const lines = (await git('rev-parse', '--path-format=absolute', ...asked)).split('\n');
    const [top, common, objects] = lines.slice(0, 3).map((line) => realpathSync(line));
    return [top!, common!, objects!, lines[3]!];
  } catch (error) {
    const isBare = ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)));
    if (isBare) throw new WorktreeError(`${folder} is a bare git repository: name a checkout of it`, { cause: error });
    const way =
      'make it one (`git init`, and commit something), or let its tasks work in it as it is (`isolate: shared`)';
    throw new WorktreeError(`${folder} is not in a git repository that can be used: ${reasonOf(error)}; ${way}`, {
      cause: error,
    });
  }
}

async function refuseTakenName(git: Git, top: string): Promise<void> {
  const isTaken = await git('show-ref', '--verify', '--quiet', 'refs/heads/gaffer').then(
    () => true,
    () => false,
  );
  if (isTaken)
    throw new WorktreeError(
      `${top} has a branch \`gaffer\`, and git has no room for \`gaffer/RUN/TASK\` beside it: rename it (\`git branch -m gaffer NAME\`)`,
    );
}

async function refuseSubmodules(
  git: Git,
  { top, inside, share }: { top: string; inside: string; share: readonly string[] },
): Promise<void> {
  const hasSome = await git('cat-file', '-e', 'HEAD:.gitmodules').then(
    () => true,
    () => false,
  );
  if (!hasSome) return;
  const tree = await git('ls-tree', '-r', '-z', '--full-tree', 'HEAD');
  const modules = tree.split('\0').flatMap((line) => /^160000 commit \S+\t([^]+)$/.exec(line)?.[1] ?? []);
  const missing = modules.filter((name) => !share.some((path) => join(inside, path) === name));
  if (missing.length === 0) return;
  throw new WorktreeError(
    `${top} has submodules (${missing.slice(0, 3).join(', ')}), whose files are not in its own commits: ` +
      'name them in `workspace.share`, so that tasks get copies of them, or use `isolate: shared`',
  );
}

async function refuseSameNames(git: Git, top: string): Promise<void> {
  const foldsCase = existsSync(join(top, '.GIT'));
  if (!foldsCase) return;
  const names = (await git('ls-tree', '-r', '-z', '--full-tree', '--name-only', 'HEAD')).split('\0');
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new WorktreeError(`${top} has ${other} and ${name}, which this file system cannot tell apart`);
    }
    seen.set(name.toLowerCase(), name);
  }
}
