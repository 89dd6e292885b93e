import { accessSync, chmodSync, constants, existsSync, mkdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../host/project-root.ts';
import { GafferError } from '../domain/errors.ts';
import { HomeError } from './home-error.ts';
import { claimHome } from './home-mark.ts';

/** The folder a project's embedded data lies in. */
export interface GafferHome {
  /** Absolute. */
  path: string;
}

/** The least that both servers' first start needs; below it they would die half-way with messages of their own. */
const leastFreeBytes = 96 * 1024 * 1024;
const wayOut = 'Set GAFFER_HOME to a folder that you can write to.';

/**
 * Where Gaffer's data for `cwd` lies: `GAFFER_HOME`, else `.gaffer` of the nearest project root, else of `cwd`.
 *
 * A project root is the nearest folder, going up, that holds `.gaffer`, `.git` or `package.json`. Touches nothing.
 */
export function findHome({
  cwd = process.cwd(),
  env = process.env,
}: { cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {}): GafferHome {
  const given = env['GAFFER_HOME']?.trim();
  if (given) return { path: resolve(cwd, given) };
  return { path: join(projectRoot(cwd), '.gaffer') };
}

/**
 * Creates the home where it is missing (mode 0700, ignored by git, with a mark of ours) and checks that it can be used.
 *
 * @throws HomeError when it is read-only, on a full disk, or not a folder; NotTrustedError when it is not ours
 */
export function ensureHome(home: GafferHome): void {
  const { path } = home;
  try {
    checkSpace(path);
    if (makeFolders(path)) chmodSync(path, 0o700);
    if (!statSync(path).isDirectory()) throw notAFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    claimHome(path);
    const ignore = join(path, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  } catch (error) {
    throw toHomeError(path, error);
  }
}

/**
 * Whether there is a home to look into. Touches nothing.
 *
 * @throws HomeError when what lies there is no folder, or may not be looked at
 */
export function hasHome({ path }: GafferHome): boolean {
  try {
    if (!statSync(path).isDirectory()) throw notAFolder(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw toHomeError(path, error);
  }
}

/** Before anything is made: what does not fit leaves nothing behind. */
function checkSpace(path: string): void {
  const folder = nearestExisting(path);
  if (isReadOnly(folder)) throw readOnly(path);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= leastFreeBytes) return;
  throw new HomeError(
    'full',
    `${path}: only ${Math.floor(free / 1_000_000)} MB are free, ${Math.ceil(leastFreeBytes / 1_000_000)} MB are needed. ` +
      'Free some space, or set GAFFER_HOME to a folder on another disk.',
  );
}

/**
 * One folder after the other: Node's recursive `mkdir` asks for ever where a parent that is there is said to be missing (/proc).
 *
 * @returns whether there was something to make
 */
function makeFolders(path: string): boolean {
  if (existsSync(path)) return false;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    // Another command of this home was quicker.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(path)) return false;
    throw error;
  }
}

function toHomeError(path: string, error: unknown): unknown {
  if (error instanceof GafferError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const options = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new HomeError('full', `${path}: the disk is full. Free some space, or ${lowerFirst(wayOut)}`, options);
    case 'EROFS':
      return readOnly(path, options);
    case 'ENOENT':
      return new HomeError('not-writable', `${path}: no folder can be made there. ${wayOut}`, options);
    case 'EACCES':
    case 'EPERM':
      return new HomeError('not-writable', `${path}: you may not write there. ${wayOut}`, options);
    case 'EEXIST':
    case 'ENOTDIR':
      return notAFolder(path, options);
    default:
      return error;
  }
}

function readOnly(path: string, options?: ErrorOptions): HomeError {
  return new HomeError('not-writable', `${path}: the file system is read-only. ${wayOut}`, options);
}

/** Whether the file system says so; root may write everywhere else. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

function nearestExisting(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function notAFolder(path: string, options?: ErrorOptions): HomeError {
  return new HomeError('not-a-folder', `${path}: not a folder. Take the file away, or ${lowerFirst(wayOut)}`, options);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
