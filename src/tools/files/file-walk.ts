import { constants } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { awakeLimit } from '../../host/awake-timer.ts';
import { matchesPattern } from '../../domain/tools/path-pattern.ts';
import type { FilePlace, OpenPath, WalkLimits } from './file-place.ts';
import { openPath } from './file-place.ts';
import { JailError, openFolder, openFile } from '../../host/jail/open-folder.ts';
import { isHidden, protectedKind } from './workspace-jail.ts';
import type { Folder } from '../../host/jail/open-folder.ts';

const maxEntries = 1000;

/** One entry of the workspace; `path` from the workspace down. */
export interface WalkedEntry {
  path: string;
  parts: string[];
  name: string;
  kind: 'file' | 'folder' | 'link' | 'other';
  folder: Folder;
}

/**
 * Everything below a folder in order of names, links not followed; without `node_modules`, git's and Gaffer's own.
 *
 * An entry's `folder` is open only until the next one is asked for.
 */
export class Walk {
  private readonly from: OpenPath;
  private readonly signal: AbortSignal;
  private readonly most: number;
  private visited = 0;
  private leftOut = 0;

  constructor(from: OpenPath, { entries }: WalkLimits, signal: AbortSignal) {
    this.from = from;
    this.most = entries;
    this.signal = signal;
  }

  /** Whether the policy lets an entry be shown; those that it does not are counted. */
  permits({ parts }: WalkedEntry): boolean {
    if (this.from.permits(parts)) return true;
    this.leftOut++;
    return false;
  }

  /** What a reader of the result has to know of it, a note a line. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.visited >= this.most) notes.push(`[stopped after ${this.most} entries: give a path]`);
    if (this.leftOut > 0) notes.push(`[left out, as the policy of this run says: ${this.leftOut}]`);
    return notes;
  }

  async *entries(): AsyncGenerator<WalkedEntry> {
    const { root, parts } = this.from;
    const pending: string[][] = [parts];
    while (pending.length > 0) {
      this.signal.throwIfAborted();
      const current = pending.pop()!;
      const folder = await openFolder(root, current).catch((error: unknown) => {
        // What was removed, replaced or closed to us while we walked is left out; where we were sent must be there.
        if (error instanceof JailError && current !== parts) return undefined;
        throw error;
      });
      if (!folder) continue;
      try {
        const entries = await this.readEntries(folder, current);
        this.visited += entries.length;
        for (const entry of entries) {
          this.signal.throwIfAborted();
          yield entry;
        }
        const folders = entries.filter((entry) => entry.kind === 'folder').map((entry) => entry.parts);
        pending.push(...folders.reverse());
      } finally {
        await folder.handle.close();
      }
      if (this.visited >= this.most) return;
    }
  }

  private async readEntries(folder: Folder, parts: readonly string[]): Promise<WalkedEntry[]> {
    const entries: WalkedEntry[] = [];
    for await (const entry of await opendir(folder.at())) {
      this.signal.throwIfAborted();
      const own = [...parts, entry.name];
      if (entry.name === 'node_modules' || protectedKind(entry.name) || isHidden(own)) continue;
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
      entries.push({ path: own.join('/'), parts: own, name: entry.name, kind, folder });
      if (this.visited + entries.length >= this.most) break;
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Paths below a folder, one a line; folders end with a slash, links say so. It ends after 5 s, and says so. */
export async function listFiles(
  place: FilePlace,
  from: string,
  pattern: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const opened = await openPath(place, from);
  if (await isPlainFile(opened)) return from;
  const limit = awakeLimit(place.limits.timeMs);
  const walk = new Walk(opened, place.limits, AbortSignal.any([signal, limit.signal]));
  const lines: string[] = [];
  try {
    await collect(walk, pattern, lines);
  } catch (error) {
    if (signal.aborted || !limit.signal.aborted) throw error;
    lines.push(`[stopped after ${place.limits.timeMs / 1000} s: give a path]`);
  } finally {
    limit.stop();
  }
  if (lines.length === 0) lines.push(pattern === undefined ? '[nothing in there]' : `[nothing matches ${pattern}]`);
  return [...lines, ...walk.notes()].join('\n');
}

async function collect(walk: Walk, pattern: string | undefined, lines: string[]): Promise<void> {
  for await (const entry of walk.entries()) {
    const { path, kind } = entry;
    if (pattern === undefined ? false : kind === 'folder' || !matchesPattern(path, pattern)) continue;
    if (!walk.permits(entry)) continue;
    if (lines.length === maxEntries) {
      lines.push(`[shortened after ${maxEntries} entries: give a path or a narrower pattern]`);
      return;
    }
    const name = path.replace(/[\n\r]/g, '?');
    lines.push(
      kind === 'folder' ? `${name}/` : kind === 'file' ? name : `${name} (${kind === 'link' ? 'link' : 'special'})`,
    );
  }
}

async function isPlainFile({ root, parts }: OpenPath): Promise<boolean> {
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
