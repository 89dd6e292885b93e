import { existsSync, readdirSync, statSync, type Dirent } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { holdsKeys, isInside, realOf } from '../../host/key-folders.ts';

/*
 * Which paths of the service's machine somebody who calls over HTTP may name:
 *
 * N1 What lies in a folder of the service, links followed, and those folders themselves.
 * N2 Nothing below them that begins with a dot, or lies in one that does: `.env`, `.git`, `.gaffer`; nothing that holds keys; nothing of
 *    Gaffer's home, wherever that is, nor a folder around it but the service's own.
 * N3 Of a file only what a workflow, an agent or a list of them can be; of a folder that is read, the same for all that links in it lead to.
 */

/** Where callers of a service may name something. */
export interface NameablePlaces {
  /** Absolute paths of the folders that the service was started with. */
  folders: readonly string[];
  /** Where Gaffer keeps its data, its secrets among them. */
  home: string;
}

/** Endings of what is read as a definition, an agent, or as code that has to be trusted. */
const readable = /^\.(?:md|markdown|ya?ml|json|[cm]?[jt]s)$/i;

/** How much of a folder is looked at; what has more is not named. */
const mostEntries = 20_000;

/** Whether a path may be named as one to work in. It need not be there. */
export function isNameable({ folders, home }: NameablePlaces, path: string): boolean {
  const real = realThere(path);
  const data = realThere(home);
  if (isInside(real, data)) return false;
  return folders.map(realOf).some((folder) => {
    if (real === folder) return true;
    const isHidden = relative(folder, real)
      .split(sep)
      .some((part) => part.startsWith('.'));
    return isInside(real, folder) && !isHidden && !holdsKeys(real) && !isInside(data, real);
  });
}

/** Whether a file, or a folder of files, may be named to be read. */
export function isReadable(places: NameablePlaces, path: string): boolean {
  if (!isNameable(places, path)) return false;
  if (!existsSync(path)) return true;
  const real = realOf(path);
  if (statSync(real).isDirectory()) return holdsOnlyReadable(places, real);
  return statSync(real).isFile() && readable.test(extname(real)) && readable.test(extname(path));
}

/** Whether all that links in a folder lead to may be named, at any depth. */
function holdsOnlyReadable(places: NameablePlaces, top: string): boolean {
  const waiting = [top];
  const seen = new Set(waiting);
  let entries = 0;
  for (const folder of waiting) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      // Nobody looks into these for agents or workstreams.
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (++entries > mostEntries) return false;
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink() && !isHarmless(places, path)) return false;
      const real = isFolder(entry, path) ? realOf(path) : null;
      if (real !== null && !seen.has(real)) {
        seen.add(real);
        waiting.push(real);
      }
    }
  }
  return true;
}

// A link to a picture is read by nobody; where one leads nowhere there is nothing to read.
function isHarmless(places: NameablePlaces, link: string): boolean {
  if (!existsSync(link)) return true;
  const real = realOf(link);
  const isRead = statSync(real).isDirectory() || readable.test(extname(link));
  return !isRead || (isNameable(places, link) && (statSync(real).isDirectory() || readable.test(extname(real))));
}

function isFolder(entry: Dirent, path: string): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && existsSync(path) && statSync(path).isDirectory());
}

/** The real path; of what is not there yet, where it would be: a folder above it may be a link. */
function realThere(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realOf(path);
  return join(realThere(dirname(path)), path.slice(dirname(path).length).replace(/^[\\/]/, ''));
}
