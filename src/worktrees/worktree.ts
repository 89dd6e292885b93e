/*
 * T1 A worktree is made without git's checkout, by what its objects say (see plumbing.ts), and locked: no `git worktree prune` takes it away.
 * T2 One that is there is used again only if it is whole; else it is made anew. Who holds the task's row does this alone.
 * T3 Putting back gives every byte of a commit and removes what is not of it, but for what git ignores then.
 */
import { lstat, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, safePath } from '../host/programs.ts';
import { isInside } from '../host/key-folders.ts';
import { removeTree } from '../host/contain/remove-tree.ts';
import { copyIndex } from './copy-index.ts';
import { makeFolders } from './make-folders.ts';
import type { Plumbing } from './plumbing.ts';
import type { Repository } from './repository.ts';
import { neverKeptPart } from './never-kept.ts';
import { readNote, writeNote, type WorktreeNote, type WorktreePlace } from './place.ts';
import type { Shared } from './shared.ts';
import { reasonOf, WorktreeError } from './worktree-error.ts';

const run = promisify(execFile);

/** Has the worktree stand at a commit, whatever was there before. @returns whether it had to be made */
export async function openWorktree(
  plumbing: Plumbing,
  place: WorktreePlace,
  { start, shared }: { start: string; shared: Shared },
): Promise<boolean> {
  const note = await wholeNote(place);
  if (note) {
    const isBack = await putBack(plumbing, place, {
      commit: start,
      without: sharedPaths(place.repository, shared),
    }).then(
      () => true,
      () => false,
    );
    if (isBack) return false;
  }
  await makeWorktree(plumbing, place, { start, shared });
  return true;
}

async function makeWorktree(
  plumbing: Plumbing,
  place: WorktreePlace,
  { start, shared }: { start: string; shared: Shared },
): Promise<void> {
  const { folder, notes, repository, owner } = place;
  await removeWorktree(plumbing, place);
  await mkdir(notes, { recursive: true, mode: 0o700 });
  const note: WorktreeNote = { ...owner, folder, repository, start, shared };
  writeNote(place, note);
  const reason = `gaffer: task ${owner.taskId} of run ${owner.runId}`;
  try {
    const add = ['worktree', 'add', '--quiet', '--no-checkout', '--detach', '--force', '--force', '--lock'];
    await plumbing.refs(...add, '--reason', reason, folder, start);
    const admin = await adminOf(folder);
    await plumbing.files(folder, join(admin, 'index'))('read-tree', '--reset', '-u', start);
    await copyIndex(join(admin, 'index'), join(notes, 'index'));
    await copyShared(plumbing, place, shared);
    await makeFolders(folder, repository.inside);
    writeNote(place, { ...note, admin });
  } catch (error) {
    await removeWorktree(plumbing, place);
    if (error instanceof WorktreeError) throw error;
    throw new WorktreeError(`git cannot make the worktree ${folder}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Gives back every byte of a commit (T3).
 *
 * @param without paths, from the worktree down, that stay as they are
 */
export async function putBack(
  plumbing: Plumbing,
  place: WorktreePlace,
  { commit, without }: { commit: string; without: readonly string[] },
): Promise<void> {
  const { admin } = readNote(place) ?? {};
  if (admin === undefined) throw new WorktreeError(`there is no worktree ${place.folder} any more`);
  await rm(join(admin, 'index.lock'), { force: true });
  const git = plumbing.files(place.folder, join(admin, 'index'));
  await git('read-tree', '--reset', '-u', commit);
  // After the files are back that say what is ignored.
  await git('clean', '-ffdq', ...without.flatMap((path) => ['-e', `/${path.replace(/[*?[\]\\!#]/g, '\\$&')}`]));
  await makeFolders(place.folder, place.repository.inside);
  await copyIndex(join(admin, 'index'), join(place.notes, 'index'));
}

/** Paths of a worktree, from its top down, that are copies and none of git's. */
export function sharedPaths({ inside }: Repository, { share }: Shared): string[] {
  return share.map((path) => join(inside, path));
}

/** Takes a worktree away, whatever there is of it. What git keeps of its work stays. */
export async function removeWorktree({ refs }: Plumbing, { folder, notes }: WorktreePlace): Promise<void> {
  // Twice: also when it is locked. It may be gone from git, or from the disk.
  const remove = () => refs('worktree', 'remove', '--force', '--force', folder).catch(() => undefined);
  await remove();
  if (existsSync(folder)) {
    await removeTree(folder);
    // What git did not take for a worktree, it forgets now. No `prune`: a person's own may stand on a disk that is away.
    await remove();
  }
  await rm(notes, { recursive: true, force: true });
}

// T2
async function wholeNote(place: WorktreePlace): Promise<WorktreeNote | undefined> {
  const note = readNote(place);
  if (note?.admin === undefined || note.folder !== place.folder) return undefined;
  const own = await readFile(join(place.folder, '.git'), 'utf8').catch(() => '');
  const back = await readFile(join(note.admin, 'gitdir'), 'utf8').catch(() => '');
  return own.trim() === `gitdir: ${note.admin}` && back.trim() === join(place.folder, '.git') ? note : undefined;
}

async function adminOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, '.git'), 'utf8');
  return realpath(text.replace(/^gitdir: /, '').trim());
}

async function copyShared(plumbing: Plumbing, place: WorktreePlace, shared: Shared): Promise<void> {
  const { top } = plumbing.repository;
  const named = new Set(sharedPaths(plumbing.repository, shared));
  const ignored = shared.all ? await ignoredPaths(plumbing) : [];
  for (const path of new Set([...named, ...ignored])) {
    const from = await realpath(join(top, path)).catch(() => undefined);
    if (from === undefined) continue;
    if (!isInside(from, top)) throw new WorktreeError(`${path} leads out of ${top}: it is not shared with tasks`);
    const to = join(place.folder, path);
    if (await makeFolders(place.folder, dirname(path))) {
      await copyTree(from, to);
      if (!named.has(path)) await dropPrivate(to);
    } else if (named.has(path))
      throw new WorktreeError(`${path} cannot be shared: a link is in its way in what this task begins from`);
  }
}

async function ignoredPaths({ repository: { top }, refs }: Plumbing): Promise<string[]> {
  const said = await refs('-C', top, 'ls-files', '-z', '-o', '-i', '--exclude-standard', '--directory');
  const paths = said.split('\0').filter((path) => path !== '' && !isPrivate(path));
  return paths.map((path) => path.replace(/\/$/, ''));
}

const isPrivate = (path: string): boolean => neverKeptPart(path) !== null || path.split('/').includes('.git');

// Git names an ignored folder without what lies below it.
async function dropPrivate(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const { name } = entry;
    if (isPrivate(entry.isDirectory() ? `${name}/` : name))
      await rm(join(path, name), { recursive: true, force: true });
    else await dropPrivate(join(path, name));
  }
}

const copyMs = 600_000;

// Copied, never linked: what an agent writes there must not reach others. `to` stands in a folder that is there. Where the file system can, a copy takes no room until it is written to.
async function copyTree(from: string, to: string): Promise<void> {
  const cp = findProgram('cp');
  if (cp === undefined) throw new WorktreeError('there is no `cp` on this machine');
  await rm(to, { recursive: true, force: true });
  await run(cp, ['-pRP', from, to], { env: { PATH: safePath() }, timeout: copyMs });
  // A submodule's own git leads elsewhere.
  if ((await lstat(join(to, '.git')).catch(() => undefined))?.isFile()) await rm(join(to, '.git'));
}
