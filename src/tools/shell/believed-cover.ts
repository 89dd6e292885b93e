/*
 * What is believed outside of the sandbox (host/believed.ts) cannot be made or changed inside:
 * V1 What is there is mounted read-only, or something empty over it.
 * V2 What is missing gets an empty folder, for as long as commands run, and that is mounted read-only: nothing can take its name.
 *    A folder, as none of these is one that git keeps, and as `.env` and the like are not read when they are folders.
 * V3 A folder can be renamed, covered parts and all, unless it is a mount itself: so the folders on the way are mounted onto
 *    themselves.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { believedIn, type BelievedPath, type Places } from '../../host/believed.ts';
import { kindOf } from '../../host/kind-of.ts';

/** Arguments of bubblewrap, and what takes back what was made for them. */
export interface BelievedCover {
  mounts: string[];
  /** Parts of the workspace that must be what they were when the command starts. */
  checked: string[];
  release(): void;
}

/** Covers nothing. */
export const nothingBelieved: BelievedCover = { mounts: [], checked: [], release: () => undefined };

// Descriptors that runShell opens: empty files.
const emptyFiles: Readonly<Record<string, string>> = { '.env': '4', '.env.local': '5' };

/** Covers what is believed in a workspace, which is a real path (V1-V3). To be released when the command is over. */
export function coverBelieved(workspace: string, places: Places): BelievedCover {
  const made: string[] = [];
  const mounts: string[] = [];
  const checked: string[] = [];
  const mount = (option: string, relative: string): void => {
    const file = path.join(workspace, relative);
    mounts.push(option, file, file);
    checked.push(relative);
  };
  const all = believedIn(workspace, places);
  for (const folder of foldersOnTheWay(all)) {
    if (kindOf(path.join(workspace, folder)) === 'folder') mount('--bind', folder); // V3
  }
  for (const { path: relative, cover } of all) {
    const file = path.join(workspace, relative);
    const kind = kindOf(file);
    if (kind === 'missing' || isPlaceholder(file)) {
      if (!hold(file)) continue;
      made.push(file);
      mount('--ro-bind', relative); // V2
    } else if (kind === 'link') continue;
    else if (cover === 'read-only') mount('--ro-bind', relative);
    else if (kind === 'folder') mounts.push('--tmpfs', file, '--remount-ro', file);
    else if (emptyFiles[relative]) mounts.push('--ro-bind-data', emptyFiles[relative], file);
    else mounts.push('--ro-bind', '/dev/null', file);
  }
  return { mounts, checked, release: () => made.forEach(letGo) };
}

/** Outermost first, as an outer mount would lie over an inner one. */
function foldersOnTheWay(all: readonly BelievedPath[]): string[] {
  const folders = new Set<string>();
  for (const { path: relative } of all) {
    for (let folder = path.dirname(relative); folder !== '.'; folder = path.dirname(folder)) folders.add(folder);
  }
  const covered = new Set(all.map((each) => each.path));
  return [...folders].filter((folder) => !covered.has(folder)).toSorted((a, b) => a.length - b.length);
}

// Commands of this process that need a placeholder: it goes with the last of them.
const holders = new Map<string, number>();

function hold(file: string): boolean {
  try {
    mkdirSync(file, { mode: 0o755 });
  } catch (error) {
    // Where it cannot be made, a command of the same account cannot make it either; nor where a folder on the way is missing.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  holders.set(file, (holders.get(file) ?? 0) + 1);
  return true;
}

function letGo(file: string): void {
  const left = (holders.get(file) ?? 1) - 1;
  if (left > 0) return void holders.set(file, left);
  holders.delete(file);
  try {
    rmdirSync(file);
  } catch {
    // Somebody outside has put something into it: then it is theirs.
  }
}

/** Ours, of another command, or left by one that was killed. */
function isPlaceholder(file: string): boolean {
  return holders.has(file) || (/^\.(env(\.local)?|mcp\.json)$/.test(path.basename(file)) && kindOf(file) === 'folder');
}
