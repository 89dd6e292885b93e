import { constants } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { matchesPattern } from './path-pattern.ts';
import { isHidden, JailError, openFolder, openFile, protectedKind, resolveInJail } from './workspace-jail.ts';
import type { Folder } from './workspace-jail.ts';

const maxEntries = 1000;
const maxVisited = 100_000;

/** One entry of the workspace; `path` from the workspace down. */
export interface WalkedEntry {
  path: string;
  name: string;
  kind: 'file' | 'folder' | 'link' | 'other';
  folder: Folder;
}

/**
 * Everything below a folder in order of names, links not followed; without `node_modules`, git's and Gaffer's own.
 *
 * An entry's `folder` is open only until the next one is asked for.
 */
export async function* walk(workspace: string, from: string, signal: AbortSignal): AsyncGenerator<WalkedEntry> {
  const { root, parts } = await resolveInJail(workspace, from, 'read');
  const pending: string[][] = [parts];
  let visited = 0;
  while (pending.length > 0) {
    const current = pending.pop()!;
    const folder = await openFolder(root, current).catch((error: unknown) => {
      // What was removed, replaced or closed to us while we walked is left out; where we were sent must be there.
      if (error instanceof JailError && current !== parts) return undefined;
      throw error;
    });
    if (!folder) continue;
    try {
      const entries = await readEntries(folder, current, maxVisited - visited);
      visited += entries.length;
      for (const entry of entries) {
        signal.throwIfAborted();
        yield entry;
      }
      const folders = entries.filter((entry) => entry.kind === 'folder').map((entry) => [...current, entry.name]);
      pending.push(...folders.reverse());
    } finally {
      await folder.handle.close();
    }
    if (visited >= maxVisited) return;
  }
}

async function readEntries(folder: Folder, parts: readonly string[], max: number): Promise<WalkedEntry[]> {
  const entries: WalkedEntry[] = [];
  for await (const entry of await opendir(folder.at())) {
    const own = [...parts, entry.name];
    if (entry.name === 'node_modules' || protectedKind(entry.name) || isHidden(own)) continue;
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
    entries.push({ path: own.join('/'), name: entry.name, kind, folder });
    if (entries.length >= max) break;
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Paths below a folder, one a line; folders end with a slash, links say so. */
export async function listFiles(
  workspace: string,
  from: string,
  pattern: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (await isPlainFile(workspace, from)) return from;
  const lines: string[] = [];
  for await (const { path, kind } of walk(workspace, from, signal)) {
    if (pattern === undefined ? false : kind === 'folder' || !matchesPattern(path, pattern)) continue;
    if (lines.length === maxEntries) {
      lines.push(`[shortened after ${maxEntries} entries: give a path or a narrower pattern]`);
      break;
    }
    const name = path.replace(/[\n\r]/g, '?');
    lines.push(
      kind === 'folder' ? `${name}/` : kind === 'file' ? name : `${name} (${kind === 'link' ? 'link' : 'special'})`,
    );
  }
  if (lines.length > 0) return lines.join('\n');
  return pattern === undefined ? '[nothing in there]' : `[nothing matches ${pattern}]`;
}

async function isPlainFile(workspace: string, from: string): Promise<boolean> {
  const { root, parts } = await resolveInJail(workspace, from, 'read');
  const name = parts.at(-1);
  if (name === undefined) return false;
  const folder = await openFolder(root, parts.slice(0, -1));
  try {
    await (await openFile(folder, name, constants.O_RDONLY)).close();
    return true;
  } catch (error) {
    if (error instanceof JailError && error.kind === 'wrong-type') return false;
    throw error;
  } finally {
    await folder.handle.close();
  }
}
