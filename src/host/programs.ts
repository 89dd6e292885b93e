/*
 * Where programs come from that run outside of the sandbox:
 * P1 By an absolute path out of PATH, never by whatever lies in the current folder.
 * P2 Never from `node_modules` (`npx` and `npm run` put `node_modules/.bin` first), nor from below the project or a workspace:
 *    agents write there.
 * P3 Never from a folder that others can write, nor a program that they can: its owner is this account or root.
 * P4 What is started gets a PATH of such folders only, for it starts programs itself.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './project-root.ts';

/** Where to look, and where not. */
export interface ProgramSearch {
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folders that agents write to, besides the project of the current folder. */
  avoid?: readonly string[] | undefined;
}

const suffixes = process.platform === 'win32' ? ['.exe', ''] : [''];

/** The absolute path of a program; undefined when there is none that may be run. */
export function findProgram(name: string, search: ProgramSearch = {}): string | undefined {
  return findPrograms(name, search)[0];
}

/** All of that name, in the order of PATH. */
export function findPrograms(name: string, search: ProgramSearch = {}): string[] {
  return programFolders(search)
    .flatMap((folder) => suffixes.map((suffix) => path.join(folder, name + suffix)))
    .filter((file) => isExecutable(file) && isSafe(file, avoided(search)));
}

/** A PATH to start programs with (P4). */
export function safePath(search: ProgramSearch = {}): string {
  return programFolders(search).join(path.delimiter);
}

function programFolders(search: ProgramSearch): string[] {
  const text = (search.env ?? process.env)['PATH'] ?? '';
  const avoid = avoided(search);
  const folders = text.split(path.delimiter).filter((folder) => path.isAbsolute(folder)); // P1
  return [...new Set(folders)].filter((folder) => isSafe(folder, avoid));
}

/** Whether a file or folder is one that only this account and root can change, and lies where no agent writes (P2, P3). */
function isSafe(file: string, avoid: readonly string[]): boolean {
  try {
    const real = realpathSync(file);
    const { uid, mode } = statSync(real);
    const me = process.getuid?.();
    const isOurs = me === undefined || ((uid === me || uid === 0) && (mode & 0o002) === 0);
    // npm puts programs of the whole machine into such a folder too, behind a link: what counts is the name that was found.
    const isInstalled = file.split(path.sep).includes('node_modules');
    return isOurs && !isInstalled && [file, real].every((place) => !isBelow(place, avoid));
  } catch {
    return false;
  }
}

function isBelow(place: string, folders: readonly string[]): boolean {
  return folders.some((folder) => place === folder || place.startsWith(folder + path.sep));
}

function avoided({ avoid = [] }: ProgramSearch): string[] {
  const places = [() => projectRoot(process.cwd()), () => process.cwd(), ...avoid.map((folder) => () => folder)];
  return places.flatMap((place) => {
    try {
      const real = realpathSync(place());
      // Everything lies below the root: a worker of a container may well stand there.
      return real === path.parse(real).root ? [] : [real];
    } catch {
      return [];
    }
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
