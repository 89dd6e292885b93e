/*
 * G1 Nothing that stands somewhere already is touched: the folder is new, and ours to remove until the run has started.
 * G2 Files are checked out without reading the repository's own configuration: agents can write to it, and a filter in it is a program.
 */
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import { withBorrowedObjects } from '../../host/git-objects/borrowed-objects.ts';
import { gitAtOnce, gitIn, type Git } from '../../host/git.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';

const timeoutMs = 600_000;

/** What a worktree is made from: the folder of the earlier run, and what it held at a checkpoint. */
export interface WorktreeSource {
  workspace: string;
  /** Commit in the repository around it. */
  snapshot: string;
}

/** A git worktree that is not there yet. */
export interface PlannedWorktree {
  /** Absolute folder of the worktree. */
  folder: string;
  /** The folder in it that stands for the workspace: the same, or as far down as that one is in its repository. */
  workspace: string;
  /** Makes it. @throws UsageError when git cannot; nothing of it is left then */
  create(): Promise<void>;
  /** A run works in it from now on: it stays, also when this process ends at once. */
  keep(): void;
  /** Takes it away again, whatever there is of it. Only for one that nobody has worked in. */
  remove(): Promise<void>;
}

/**
 * Checks that a worktree can be made; makes nothing.
 *
 * @param folder absolute; null: beside the repository, called like it and the new run
 * @throws UsageError when there is no repository, it has lost the snapshot, or something stands there already
 */
export async function planWorktree(
  { workspace, snapshot }: WorktreeSource,
  { folder: given, runId }: { folder: string | null; runId: string },
): Promise<PlannedWorktree> {
  if (!existsSync(workspace)) throw new UsageError(`\`worktree\`: there is no folder ${workspace} any more.`);
  const git = gitIn(workspace, { timeoutMs });
  const top = await git('rev-parse', '--show-toplevel').catch((error: unknown) => {
    throw new UsageError(`\`worktree\`: ${workspace} is not in a git repository that can be used${reasonOf(error)}.`);
  });
  const inside = relative(top, realpathSync(workspace));
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new UsageError(`\`worktree\`: the git repository of ${workspace} has its files elsewhere, in ${top}.`);
  }
  await git('cat-file', '-e', `${snapshot}^{commit}`).catch(() => {
    throw new UsageError(`\`worktree\`: the repository in ${top} does not have the snapshot ${snapshot} any more.`);
  });
  const folder = given ?? join(dirname(top), `${basename(top)}-${runId}`);
  checkFree(folder);
  let keep = (): void => undefined;
  return {
    folder,
    workspace: join(folder, inside),
    async create() {
      checkFree(folder);
      keep = undoneAtExit(() => removeAtOnce(workspace, folder));
      try {
        await git('worktree', 'add', '--quiet', '--no-checkout', '--detach', folder, snapshot);
        await fill(folder, snapshot);
        mkdirSync(join(folder, inside), { recursive: true });
      } catch (error) {
        await remove(git, folder);
        keep();
        throw new UsageError(`\`worktree\`: git cannot make ${folder}${reasonOf(error)}.`, { cause: error });
      }
    },
    keep: () => keep(),
    remove: () => remove(git, folder).then(() => keep()),
  };
}

// G1
function checkFree(folder: string): void {
  if (existsSync(folder)) throw new UsageError(`\`worktree\`: ${folder} is there already. Name a folder that is not.`);
}

// G2
async function fill(folder: string, snapshot: string): Promise<void> {
  const index = await gitIn(folder, { timeoutMs })('rev-parse', '--path-format=absolute', '--git-path', 'index');
  await withBorrowedObjects(folder, { timeoutMs, prefix: 'gaffer-worktree-' }, async (own) => {
    const env = {
      GIT_DIR: own,
      GIT_WORK_TREE: folder,
      GIT_INDEX_FILE: index,
      // It would look for its files in our repository, where they are not.
      GIT_LFS_SKIP_SMUDGE: '1',
    };
    await gitIn(folder, { timeoutMs, env })('read-tree', '--reset', '-u', snapshot);
  });
}

async function remove(git: Git, folder: string): Promise<void> {
  // Twice: also when it is locked, as it is while it is being made.
  await git('worktree', 'remove', '--force', '--force', folder).catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}

// As the process ends: what git still writes there has nobody to write for.
function removeAtOnce(workspace: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  gitAtOnce(workspace, 'worktree', 'prune', '--expire=now');
}

/** What git said, as the end of a sentence. */
function reasonOf(error: unknown): string {
  const { stderr, code } = error as { stderr?: string; code?: unknown };
  if (code === 'ENOENT') return ': there is no `git` on this machine';
  const line = (stderr ?? '').split('\n').findLast((each) => /^(fatal|error): /.test(each));
  return line === undefined ? '' : `: ${line.replace(/^\w+: /, '').replace(/\.$/, '')}`;
}
