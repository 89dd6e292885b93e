/*
 * Repositories in subfolders of a workspace:
 * S1 Git runs what the configuration of one names as soon as somebody runs it there, so those that are there are covered like the
 *    workspace's own (git-cover.ts); the first few with all parts, the others as a whole.
 * S2 Looking for them is bounded by entries, outer folders first. Packages are left out: nobody runs git there.
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { believedNames } from '../../host/believed.ts';
import { readPlain } from '../files/plain-file.ts';

/** A repository below a workspace. All paths are real ones, from the workspace down. */
export interface SubRepository {
  /** Where somebody would run git. */
  top: string;
  /** A file `.git` that leads to its folder; null: there is none. */
  link: string | null;
  /** Where git keeps its own, of what lies in the workspace; what is shared first. */
  folders: string[];
}

const mostEntries = 20_000;
const skipped = new Set(['.git', 'node_modules', '.gaffer', ...believedNames.map(({ name }) => name)]);

/** The repositories below a workspace, which is a real path; its own is none of them. */
export async function subRepositories(workspace: string): Promise<SubRepository[]> {
  const found: SubRepository[] = [];
  let seen = 0;
  const pending = [''];
  for (const top of pending) {
    const entries = await readdir(path.join(workspace, top), { withFileTypes: true }).catch(() => []);
    seen += entries.length;
    const repository = await repositoryAt(workspace, top, entries);
    if (repository) found.push(repository);
    if (seen > mostEntries) break;
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
  if (looksBare(entries)) return { top, link: null, folders: await withShared(workspace, top) };
  const git = top === '' ? undefined : entries.find(({ name }) => name === '.git');
  const own = path.join(top, '.git');
  if (git?.isDirectory()) {
    const isEmpty = (await readdir(path.join(workspace, own)).catch(() => [])).length === 0;
    return isEmpty ? undefined : { top, link: null, folders: await withShared(workspace, own) };
  }
  if (git?.isSymbolicLink()) {
    const real = await realOf(workspace, path.join(workspace, own));
    return real === undefined ? undefined : { top, link: null, folders: await withShared(workspace, real) };
  }
  if (!git?.isFile()) return undefined;
  const target = await targetIn(workspace, own, /^gitdir: (.*?)\s*$/);
  return { top, link: own, folders: target === undefined ? [] : await withShared(workspace, target) };
}

// What git takes for a repository without a folder of that name.
function looksBare(entries: readonly Dirent[]): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return (
    ['HEAD', 'objects', 'refs'].every((name) => names.has(name)) ||
    ['HEAD', 'commondir'].every((name) => names.has(name))
  );
}

async function withShared(workspace: string, folder: string): Promise<string[]> {
  const shared = await targetIn(workspace, path.join(folder, 'commondir'), /^(.*?)\s*$/);
  return [...new Set([...(shared === undefined ? [] : [shared]), folder])];
}

/** Where a file leads to, from the workspace down; undefined: outside, or nowhere. */
async function targetIn(workspace: string, file: string, format: RegExp): Promise<string | undefined> {
  const [, target] = format.exec(String((await readPlain(workspace, file, 10_000)) ?? '')) ?? [];
  return target ? realOf(workspace, path.resolve(workspace, path.dirname(file), target)) : undefined;
}

async function realOf(workspace: string, file: string): Promise<string | undefined> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return undefined;
  const relative = path.relative(workspace, real);
  return relative === '' || relative === '..' || relative.startsWith('../') ? undefined : relative;
}
