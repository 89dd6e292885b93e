/*
 * What of a workspace's git repository a sandboxed command may not write: git would run on the host what is written there.
 * T1 It is covered whether it exists or not. What is missing is made first, as something that means nothing to git: so a command
 *    can make no repository of the workspace itself either, nor send an existing one to a config of its own.
 * T2 What was made goes when the last command is over that needs it, not before: a mount is gone in every namespace when its file
 *    is removed in one. What a worker that was killed leaves changes nothing for git, and goes with a later command.
 * T3 Other processes see that a command runs by the lock that bubblewrap holds on the workspace folder; one that is about to start
 *    has touched what covers it.
 * T4 Repositories below the workspace are covered like its own, the first few of them in parts, the others as a whole.
 */
import { lstatSync, mkdirSync, readFileSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kindOf } from '../kind-of.ts';
import type { Folder } from '../jail/open-folder.ts';
import { openFolder } from '../jail/open-folder.ts';
import { configuredPaths } from './git-config-paths.ts';
import { gitFoldersOf, linkError } from './git-folders.ts';
import { isCommandRunning, isQuiet, startMs } from './running-commands.ts';
import type { SubRepository } from './sub-repositories.ts';

/** Paths from the workspace down: mounted onto themselves (some more than once, in no order), or read-only. */
export interface GitCover {
  writable: string[];
  readOnly: string[];
  /** Folders to hold a lock on, for commands of other workspaces (T3). */
  locked: string[];
  /** To be called when the command is over. */
  release: () => Promise<void>;
}

// Git obeys even an empty commondir. This one says "here", and nobody else would write it so.
const commonDirHere = './/.\n';
// Null is a folder. `gaffer` holds what brings a removed repository back (see git-history.ts).
const covers: Readonly<Record<string, string | null>> = {
  commondir: commonDirHere,
  config: '',
  'config.worktree': '',
  hooks: null,
  info: null,
  'info/attributes': '',
  modules: null,
  worktrees: null,
  gaffer: null,
  objects: null,
  'objects/pack': null,
};
// A folder can be renamed, with all that is covered in it, unless it is a mount itself.
const writable = ['info', 'objects'];

interface Workspace {
  commands: number;
  /** What this process made, innermost last. */
  made: Set<string>;
  /** What of git's own was covered in parts. */
  folders: Set<string>;
  /** Where those below the workspace have their files. */
  below: Set<string>;
  stamp: number;
}
const workspaces = new Map<string, Workspace>();

/** How many repositories below a workspace are covered in parts, a dozen mounts each. */
export const mostInParts = 6;

/** Covers the repository of a workspace, and those below it. */
export async function coverGit(workspace: string, below: readonly SubRepository[]): Promise<GitCover> {
  const state = workspaces.get(workspace) ?? {
    commands: 0,
    made: new Set<string>(),
    folders: new Set<string>(),
    below: new Set<string>(),
    stamp: 0,
  };
  workspaces.set(workspace, state);
  state.commands++;
  const release = () => releaseGit(workspace, state);
  try {
    const { link, folders } = await gitFoldersOf(workspace);
    const cover: GitCover = { writable: [], readOnly: [], locked: [''], release };
    if (link) cover.readOnly.push('.git');
    if (!link && folders.length === 0) {
      await within(workspace, [], (root) => make(root, '.git', null, state));
      cover.readOnly.push('.git');
    }
    for (const folder of folders) await coverFolder({ workspace, cover, state }, folder);
    for (const folder of folders) await coverConfigured({ workspace, cover, state }, folder, '');
    for (const [at, repository] of below.entries())
      await coverBelow({ workspace, cover, state }, repository, at < mostInParts);
    await touch(workspace, folders, state);
    return cover;
  } catch (error) {
    await release();
    throw error;
  }
}

interface Covering {
  workspace: string;
  cover: GitCover;
  state: Workspace;
}

async function coverFolder({ workspace, cover, state }: Covering, folder: string): Promise<void> {
  for (const [name, content] of Object.entries(covers))
    await ensure(workspace, path.join(folder, name), content, state);
  state.folders.add(folder);
  const own = folder === '' ? [] : [...stepsTo(folder), folder];
  cover.writable.push(...own, ...writable.map((name) => path.join(folder, name)));
  const others = Object.keys(covers).filter((name) => !writable.includes(name));
  cover.readOnly.push(...others.map((name) => path.join(folder, name)));
}

async function coverConfigured({ workspace, cover, state }: Covering, folder: string, top: string): Promise<void> {
  for (const { name, isFolder } of await configuredPaths(workspace, folder, top)) {
    if (isWithin(cover.readOnly, name)) continue;
    for (const step of stepsTo(name)) {
      await ensure(workspace, step, null, state);
      cover.writable.push(step);
    }
    await ensure(workspace, name, isFolder ? null : '', state);
    cover.readOnly.push(name);
  }
}

// T4. A link in one of them must not keep all commands from running: then it is covered as a whole.
async function coverBelow(covering: Covering, { top, link, folders }: SubRepository, inParts: boolean): Promise<void> {
  const { cover, state } = covering;
  const asWhole = (name: string): void => {
    if (name === '' || isWithin(cover.readOnly, name)) return;
    cover.writable.push(...stepsTo(name));
    cover.readOnly.push(name);
  };
  if (link !== null) asWhole(link);
  for (const folder of folders.filter((each) => !isWithin(cover.readOnly, each) && !state.folders.has(each))) {
    const before = { writable: [...cover.writable], readOnly: [...cover.readOnly] };
    try {
      if (!inParts) throw linkError(folder);
      await coverFolder(covering, folder);
      await coverConfigured(covering, folder, top);
      cover.locked.push(top);
      state.below.add(top);
    } catch (error) {
      // The workspace itself, which cannot be read-only as a whole.
      if (folder === '') throw error;
      Object.assign(cover, before);
      asWhole(folder);
    }
  }
}

const isWithin = (outer: readonly string[], name: string): boolean =>
  outer.some((known) => `${name}/`.startsWith(`${known}/`));

// The folders that lead to it, outer ones first.
const stepsTo = (name: string): string[] =>
  name
    .split('/')
    .slice(0, -1)
    .map((_, index, all) => all.slice(0, index + 1).join('/'));

async function ensure(workspace: string, name: string, content: string | null, state: Workspace): Promise<void> {
  if (kindOf(path.join(workspace, name)) === 'link') throw linkError(name);
  const parts = name.split('/');
  await within(workspace, parts.slice(0, -1), (parent) => make(parent, parts.at(-1)!, content, state));
}

function make(parent: Folder, name: string, content: string | null, { made }: Workspace): void {
  try {
    if (content === null) mkdirSync(parent.at(name), 0o777);
    else writeFileSync(parent.at(name), content, { flag: 'wx' });
    made.add(parent.relative === '' ? name : `${parent.relative}/${name}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const anchorOf = (folders: readonly string[]): string[] =>
  folders[0] === undefined ? ['.git'] : [...folders[0].split('/'), 'commondir'];

async function touch(workspace: string, folders: readonly string[], state: Workspace): Promise<void> {
  const anchor = anchorOf(folders);
  await within(workspace, anchor.slice(0, -1), (parent) => {
    const now = new Date();
    utimesSync(parent.at(anchor.at(-1)), now, now);
    state.stamp = lstatSync(parent.at(anchor.at(-1))).mtimeMs;
  });
}

async function releaseGit(workspace: string, state: Workspace): Promise<void> {
  if (--state.commands > 0) return;
  const isLast = await isQuiet(workspace);
  const found = await gitFoldersOf(workspace).catch(() => undefined);
  if (!found) return;
  const anchor = anchorOf(found.folders);
  if (!isLast) return letOthersEnd(workspace, anchor, state);
  const names = new Set([...state.made].toReversed());
  for (const folder of [...found.folders, ...state.folders]) names.add(path.join(folder, 'commondir'));
  if (!found.link && found.folders.length === 0) names.add('.git');
  // Other commands, in a workspace of their own below ours.
  const busy = [...state.below].filter((top) => isCommandRunning(path.join(workspace, top)));
  for (const name of names) {
    if (isWithin(busy, name)) continue;
    const parts = name.split('/');
    await within(workspace, parts.slice(0, -1), (parent) => {
      const isNeeded = state.commands > 0 || isCommandRunning(workspace) || isStarting(workspace, anchor, state);
      if (!isNeeded && remove(parent.at(parts.at(-1)), name)) state.made.delete(name);
    }).catch(() => undefined);
  }
  if (state.commands === 0 && state.made.size === 0) workspaces.delete(workspace);
}

// Whoever is last need not wait for a command that is about to start.
async function letOthersEnd(workspace: string, anchor: readonly string[], { stamp }: Workspace): Promise<void> {
  const touched = lstatSync(path.join(workspace, ...anchor), { throwIfNoEntry: false })?.mtimeMs;
  if (touched !== stamp) return;
  await within(workspace, anchor.slice(0, -1), (parent) => utimesSync(parent.at(anchor.at(-1)!), 0, 0)).catch(
    () => undefined,
  );
}

function remove(file: string, name: string): boolean {
  try {
    const about = lstatSync(file);
    const ours = path.basename(name) === 'commondir' ? commonDirHere : '';
    if (about.isDirectory()) rmdirSync(file);
    // Nothing else is read: a pipe would be waited for.
    else if (about.isFile() && about.size === ours.length && readFileSync(file, 'utf8') === ours) unlinkSync(file);
  } catch {
    // It is somebody's by now, or gone.
  }
  return true;
}

function isStarting(workspace: string, anchor: readonly string[], { stamp }: Workspace): boolean {
  const touched = lstatSync(path.join(workspace, ...anchor), { throwIfNoEntry: false })?.mtimeMs ?? stamp;
  return touched !== stamp && Math.abs(Date.now() - touched) < startMs;
}

async function within(workspace: string, parts: readonly string[], act: (folder: Folder) => void): Promise<void> {
  const folder = await openFolder(workspace, parts);
  try {
    act(folder);
  } finally {
    await folder.handle.close();
  }
}
