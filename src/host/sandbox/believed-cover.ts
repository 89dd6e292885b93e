/*
 * What is believed outside of the sandbox (host/believed.ts) cannot be made or changed inside:
 * V1 What is there is mounted read-only, or something empty over it.
 * V2 What is missing gets an empty folder, for as long as commands run, and that is mounted read-only: nothing can take its name.
 *    A folder, as none of these is one that git keeps, and as `.env` and the like are not read when they are folders. It goes with
 *    the last command of all processes; what a killed one leaves goes with a later command.
 * V3 A folder can be renamed, covered parts and all, unless it is a mount itself: so the folders on the way are mounted onto
 *    themselves.
 * V4 A placeholder is empty, so that it can go: what would lie in it is covered with it.
 */
import { lstatSync, mkdirSync, readdirSync, rmdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { believedIn, type BelievedPath, type Places } from '../believed.ts';
import { kindOf } from '../kind-of.ts';
import { isCommandRunning, isQuiet, startMs } from './running-commands.ts';

/** Arguments of bubblewrap, and what takes back what was made for them. */
export interface BelievedCover {
  /** Folders on the way to what is covered, from the workspace down: to be mounted onto themselves first (V3). */
  folders: string[];
  mounts: string[];
  /** What makes the empty folders read-only, when what lies in them is mounted. */
  closing: string[];
  /** What is covered, from the workspace down. */
  covered: string[];
  /** Parts of the workspace that must be what they were when the command starts. */
  checked: string[];
  release(): Promise<void>;
}

/** Covers nothing. */
export const nothingBelieved: BelievedCover = {
  folders: [],
  mounts: [],
  closing: [],
  covered: [],
  checked: [],
  release: () => Promise.resolve(),
};

// Descriptors that runShell opens: empty files.
const emptyFiles: Readonly<Record<string, string>> = { '.env': '4', '.env.local': '5' };

/** Covers what is believed in a workspace, which is a real path (V1-V3). To be released when the command is over. */
export function coverBelieved(workspace: string, places: Places): BelievedCover {
  const made: string[] = [];
  const mounts: string[] = [];
  const closing: string[] = [];
  const checked: string[] = [];
  const mount = (option: string, relative: string): void => {
    const file = path.join(workspace, relative);
    mounts.push(option, file, file);
    checked.push(relative);
  };
  const all = believedIn(workspace, places);
  const folders = foldersOnTheWay(all).filter((folder) => kindOf(path.join(workspace, folder)) === 'folder'); // V3
  for (const { path: relative, cover } of all) {
    const file = path.join(workspace, relative);
    const kind = kindOf(file);
    if (kind === 'missing' || isPlaceholder(file)) {
      if (made.some((folder) => file.startsWith(`${folder}${path.sep}`)) || !hold(file)) continue; // V4
      made.push(file);
      mount('--ro-bind', relative); // V2
    } else if (kind === 'link') continue;
    else if (cover === 'read-only') mount('--ro-bind', relative);
    else if (kind === 'folder') {
      mounts.push('--tmpfs', file);
      closing.push('--remount-ro', file);
    } else if (emptyFiles[relative]) mounts.push('--ro-bind-data', emptyFiles[relative], file);
    else mounts.push('--ro-bind', '/dev/null', file);
  }
  const release = async (): Promise<void> => {
    const isLast = await isQuiet(workspace);
    for (const file of made) letGo(file, isLast && !isCommandRunning(workspace));
  };
  return { folders, mounts, closing, covered: all.map((each) => each.path), checked, release };
}

function foldersOnTheWay(all: readonly BelievedPath[]): string[] {
  const folders = new Set<string>();
  for (const { path: relative } of all) {
    for (let folder = path.dirname(relative); folder !== '.'; folder = path.dirname(folder)) folders.add(folder);
  }
  const covered = new Set(all.map((each) => each.path));
  return [...folders].filter((folder) => !covered.has(folder));
}

// Nobody makes an empty folder like this for himself.
const placeholderMode = 0o555;

/** What of a placeholder this process needs: it goes with the last command. */
interface Held {
  commands: number;
  /** When this process last took it, as its time of change says. */
  stamp: number;
}
const held = new Map<string, Held>();

function hold(file: string): boolean {
  try {
    mkdirSync(file, { mode: placeholderMode });
  } catch (error) {
    // Where it cannot be made, a command of the same account cannot make it either; nor where a folder on the way is missing.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const now = new Date();
  utimesSync(file, now, now);
  held.set(file, { commands: (held.get(file)?.commands ?? 0) + 1, stamp: lstatSync(file).mtimeMs });
  return true;
}

function letGo(file: string, isLast: boolean): void {
  const { commands = 1, stamp = 0 } = held.get(file) ?? {};
  if (commands > 1) return void held.set(file, { commands: commands - 1, stamp });
  held.delete(file);
  try {
    const { mtimeMs } = lstatSync(file);
    const isStartingElsewhere = mtimeMs !== stamp && Math.abs(Date.now() - mtimeMs) < startMs;
    if (isLast && !isStartingElsewhere) rmdirSync(file);
    // Whoever is last need not wait for us.
    else if (mtimeMs === stamp) utimesSync(file, 0, 0);
  } catch {
    // Somebody outside has put something into it: then it is theirs.
  }
}

/** Ours, of another command, or left by one that was killed. */
function isPlaceholder(file: string): boolean {
  if (held.has(file)) return true;
  if (kindOf(file) !== 'folder') return false;
  // Those of an earlier version had no mode of their own.
  if (/^\.(env(\.local)?|mcp\.json)$/.test(path.basename(file))) return true;
  return (lstatSync(file).mode & 0o222) === 0 && readdirSync(file).length === 0;
}
