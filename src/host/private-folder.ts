import { lstat, mkdir, realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A folder for `name` that outlives this process, which nobody else on the machine can make, read or write.
 *
 * Every process of this account gets the same one. It lies below the home (`XDG_STATE_HOME`, `~/.local/state`), so that another account
 * cannot take its name first; where there is none to write to, or `outsideOf` contains it, in the temporary folder.
 *
 * @throws Error when somebody else has that name there
 */
export async function privateFolder(name: string, outsideOf?: string): Promise<string> {
  const outer = outsideOf === undefined ? undefined : await realpath(outsideOf).catch(() => outsideOf);
  const inHome = path.join(userStateDir(), name);
  const found = await ownFolder(inHome).catch(() => undefined);
  if (found !== undefined && (outer === undefined || !`${found}/`.startsWith(`${outer}/`))) return found;
  return temporaryFolder(name);
}

/** Where {@link privateFolder} may have been before, or for others: to look for what was left there. Makes none: a look leaves nothing. */
export async function privateFolders(name: string): Promise<string[]> {
  const places = [path.join(userStateDir(), name), temporaryPlace(name)];
  const found = await Promise.all(places.map((place) => ours(place).catch(() => undefined)));
  return [...new Set(found.filter((folder) => folder !== undefined))];
}

/** The same in the temporary folder, for what the other one cannot hold. @throws Error when somebody else has that name there */
export function temporaryFolder(name: string): Promise<string> {
  return ownFolder(temporaryPlace(name));
}

function temporaryPlace(name: string): string {
  return path.join(tmpdir(), `gaffer-${name}-${process.getuid?.() ?? 0}`);
}

/** The user's folder for what private folders hold: `XDG_STATE_HOME` or `~/.local/state`, then `gaffer`. Touches nothing. */
export function userStateDir(): string {
  const given = process.env['XDG_STATE_HOME'];
  return path.join(given && path.isAbsolute(given) ? given : path.join(homedir(), '.local', 'state'), 'gaffer');
}

/** Bytes that the path of a socket can have: macOS takes 104 with the zero at its end, Linux 108; Node cuts what is longer. */
export const longestSocketPath = 103;

/**
 * That folder, made where it is missing, with nobody's rights but ours; `orOf`: or those of that account, to whom root gave it.
 *
 * @returns its real path
 * @throws Error when it is somebody else's, or cannot be made
 */
export async function ownFolder(folder: string, orOf?: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return ours(folder, orOf);
}

async function ours(folder: string, orOf?: number): Promise<string> {
  const found = await lstat(folder);
  const isOurs =
    process.getuid === undefined || ([process.getuid(), orOf].includes(found.uid) && (found.mode & 0o077) === 0);
  if (!found.isDirectory() || !isOurs) throw new Error(`${folder} belongs to somebody else: remove it`);
  return realpath(folder);
}
