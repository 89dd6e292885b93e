/*
 * Repositories in subfolders of a workspace:
 * S1 Git runs what the configuration of one names as soon as somebody runs it there, so those that are there are covered like the
 *    workspace's own (git-cover.ts); the first few with all parts, the others as a whole.
 * S2 What leads to one is read as git reads it. Where that is nowhere that can be looked into, it is told as a pointer without folders.
 * S3 Looking for them is bounded by entries, outer folders first. Packages are left out: nobody runs git there.
 */
import type { Dirent } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { believedNames } from '../believed.ts';
import { entriesOf, isEmptyFolder } from '../entries-of.ts';
import { kindOf } from '../kind-of.ts';
import { readPlain } from '../jail/plain-file.ts';
import { isRepository } from '../jail/repository-names.ts';

/** A repository below a workspace. All paths are real ones, from the workspace down. */
export interface SubRepository {
  /** Where somebody would run git. */
  top: string;
  /** A file `.git` that leads to its folder; null: there is none. */
  link: string | null;
  /** What leads to its folder by the name `.git`, a file or a link; null: nothing does. */
  pointer: string | null;
  /** Where git keeps its own, of what lies in the workspace; what is shared first. */
  folders: string[];
}

const mostEntries = 20_000;
const skipped = new Set(['.git', 'node_modules', '.gaffer', ...believedNames.map(({ name }) => name)]);

/**
 * The repositories below a workspace, which is a real path; its own is none of them.
 *
 * @param openUp makes a folder of the workspace readable that is not; without it, what is in such a one is not seen
 */
export async function subRepositories(
  workspace: string,
  openUp?: (workspace: string, folder: string) => Promise<void>,
): Promise<SubRepository[]> {
  const look = (folder: string) => entriesOf(path.join(workspace, folder), mostEntries);
  const found: SubRepository[] = [];
  let seen = 0;
  const pending = [''];
  for (const top of pending) {
    const entries = await look(top)
      .catch(async () => openUp?.(workspace, top).then(() => look(top)) ?? [])
      .catch(() => []);
    seen += entries.length;
    const repository = await repositoryAt(workspace, top, entries);
    if (repository) found.push(repository);
    if (seen >= mostEntries) break;
    for (const entry of entries)
      if (entry.isDirectory() && !skipped.has(entry.name)) pending.push(path.join(top, entry.name));
  }
  return found;
}

async function repositoryAt(
  workspace: string,
  top: string,
  entries: readonly Dirent[],
): Promise<SubRepository | undefined> {
  if (isRepository(entries.map(({ name }) => name)))
    return { top, link: null, pointer: null, folders: await withShared(workspace, top) };
  const git = top === '' ? undefined : entries.find(({ name }) => name === '.git');
  const own = path.join(top, '.git');
  if (git?.isDirectory()) {
    // One that cannot be listed is taken for one.
    const isEmpty = await isEmptyFolder(path.join(workspace, own)).catch(() => false);
    return isEmpty ? undefined : { top, link: null, pointer: null, folders: await withShared(workspace, own) };
  }
  if (!git?.isSymbolicLink() && !git?.isFile()) return undefined;
  const folder = await folderOf(workspace, own, git.isSymbolicLink());
  const folders = folder === undefined ? [] : await withShared(workspace, folder);
  return { top, link: git.isFile() ? own : null, pointer: own, folders };
}

/** The folder that a link, or a file that names it, leads to in the workspace. */
async function folderOf(workspace: string, own: string, isLink: boolean): Promise<string | undefined> {
  if (!isLink) return targetIn(workspace, own, gitFilePrefix);
  const real = await realOf(workspace, path.join(workspace, own));
  const isFolder = real !== undefined && kindOf(path.join(workspace, real)) === 'folder';
  return isFolder ? real : undefined;
}

async function withShared(workspace: string, folder: string): Promise<string[]> {
  const shared = await targetIn(workspace, path.join(folder, 'commondir'), '');
  return [...new Set([...(shared === undefined ? [] : [shared]), folder])];
}

const gitFilePrefix = 'gitdir: ';
/** Git takes no longer file for one that leads to a repository. */
export const longestPointer = 1_048_576;

/**
 * Where a file leads to, from the workspace down; undefined: outside, or nowhere. To git the path ends at a NUL, or before the last line
 * breaks; all else is a part of it.
 */
async function targetIn(workspace: string, file: string, prefix: string): Promise<string | undefined> {
  const text = String((await readPlain(workspace, file, longestPointer)) ?? '');
  const target =
    text.startsWith(prefix) &&
    text
      .slice(prefix.length)
      .replace(/[\r\n]+$/, '')
      .split('\0')[0];
  return target ? realOf(workspace, path.resolve(workspace, path.dirname(file), target)) : undefined;
}

async function realOf(workspace: string, file: string): Promise<string | undefined> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return undefined;
  const relative = path.relative(workspace, real);
  return relative === '' || relative === '..' || relative.startsWith('../') ? undefined : relative;
}
