/*
 * P1 What reads or writes files of a worktree runs in a git folder of our own, with the objects of the repository: its configuration, which
 *    names programs (filters, drivers, monitors, hooks), is not read. Agents, and whoever sent the repository, may have written it.
 * P2 A worktree holds what git's objects hold, byte for byte: nothing is converted on the way in or out, so a snapshot gives back what was there.
 * P4 Programs may still be at work in a folder: with a sandbox git sees nothing but that folder and the objects (see closed-git.ts).
 * P3 Refs are moved in the repository itself, with hooks off.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { gitIn, type Git } from '../host/git.ts';
import { closedIn } from './closed-git.ts';
import type { Repository } from './repository.ts';

/** How git is run on a repository (P1). */
export interface Plumbing {
  repository: Repository;
  /** On files below a folder, with an index of its own. */
  files(folder: string, index: string): Git;
  /** On objects alone. */
  objects: Git;
  /** On refs and worktrees of the repository. */
  refs: Git;
}

const timeoutMs = 300_000;

const settings = [
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'core.logAllRefUpdates=false',
  'core.quotePath=false',
  'core.safecrlf=false',
  'core.sparseCheckout=false',
  'index.sparse=false',
  'checkout.workers=4',
  'add.ignoreErrors=false',
].flatMap((setting) => ['-c', setting]);

const identity = {
  GIT_AUTHOR_NAME: 'gaffer',
  GIT_AUTHOR_EMAIL: 'gaffer@localhost',
  GIT_COMMITTER_NAME: 'gaffer',
  GIT_COMMITTER_EMAIL: 'gaffer@localhost',
  // It would look for its files in our git folder, where they are not.
  GIT_LFS_SKIP_SMUDGE: '1',
};

/** Which conversions hold: those of a person's checkout, but no program; or none (P2). */
const attributes = {
  checkout: '* -filter\n',
  bytes: '* -text -ident -filter -working-tree-encoding\n',
} as const;

/** Where worktrees and what is known of them stand, and the sandbox for git there; null: none. */
export interface WorktreesHome {
  root: string;
  bwrapPath: string | null;
}

/**
 * Opens a repository for work on files of worktrees (`bytes`), or of a person's checkout.
 */
export async function openPlumbing(
  { root, bwrapPath }: WorktreesHome,
  repository: Repository,
  kind: keyof typeof attributes = 'bytes',
): Promise<Plumbing> {
  const own = await ownGit(join(root, repository.id), repository, kind);
  const { common, objects } = repository;
  const shallow = join(common, 'shallow');
  const env = {
    ...identity,
    GIT_DIR: own,
    GIT_OBJECT_DIRECTORY: objects,
    ...(existsSync(shallow) && { GIT_SHALLOW_FILE: shallow }),
  };
  const withSettings =
    (git: Git): Git =>
    (...args) =>
      git(...settings, ...args);
  const refs = gitIn(repository.top, { timeoutMs, env: identity });
  return {
    repository,
    files(folder, index) {
      const within = bwrapPath === null ? [] : closedIn(bwrapPath, { folder, own, index, objects, shallow });
      const there = { ...env, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index };
      return withSettings(gitIn(folder, { timeoutMs, within, env: there }));
    },
    objects: withSettings(gitIn(own, { timeoutMs, env })),
    refs: withSettings(refs),
  };
}

async function ownGit(folder: string, repository: Repository, kind: keyof typeof attributes): Promise<string> {
  const own = join(folder, `${kind}.git`);
  if (!existsSync(own)) await makeOwn(own, repository, kind);
  // What counts as ignored is said there, too; it names no programs.
  const draft = join(own, 'info', randomUUID());
  await writeFile(draft, await excludesOf(own, repository));
  await rename(draft, join(own, 'info', 'exclude'));
  return own;
}

// As git puts them together: a person's own rules, then those of the repository, which count more. Copied, as git in its sandbox finds none.
async function excludesOf(own: string, { common }: Repository): Promise<string> {
  const config = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  // Not one that the repository names: whoever wrote that could have any file shown there.
  const git = gitIn(own, { timeoutMs, env: { XDG_CONFIG_HOME: config } });
  const named = await git('config', '--path', '--get', 'core.excludesFile').catch(() => '');
  const files = [isAbsolute(named) ? named : join(config, 'git', 'ignore'), join(common, 'info', 'exclude')];
  return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))).join('\n');
}

async function makeOwn(own: string, { format, top }: Repository, kind: keyof typeof attributes): Promise<void> {
  const draft = `${own}.${randomUUID()}`;
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const git = gitIn(draft, { timeoutMs });
  await git('init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.');
  await mkdir(join(draft, 'info'), { recursive: true });
  await writeFile(join(draft, 'info', 'attributes'), attributes[kind]);
  if (kind === 'checkout') {
    const line = await gitIn(top, { timeoutMs })('config', '--get', 'core.autocrlf').catch(() => '');
    if (/^(?:true|false|input)$/.test(line)) await git('--git-dir=.', 'config', 'core.autocrlf', line);
  }
  // Another process may have been quicker.
  await rename(draft, own).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(own)) throw error;
  });
}
