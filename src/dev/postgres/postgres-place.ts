import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { GafferHome } from '../../config/home.ts';
import { userCacheDir } from '../../config/user-cache-dir.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { type Account, accountCan, postgresAccount } from './postgres-account.ts';
import { StackError } from '../stack-error.ts';

/** Where a home's database lies and how to get in. Kept in `postgres.json` of the home, mode 0600. */
export interface PostgresPlace {
  /** Folder that holds `data`; the account's own. */
  folder: string;
  /** Of the superuser `gaffer`; other users of the machine can ask at its port too. */
  password: string;
  /** The same at each start, once it is chosen: addresses hold it. */
  port: number | null;
  /** Version of the package that last ran it; not known of the first homes. */
  version: string | null;
}

/** The home's record, where it has one that is its own: a copy of a home has that of the other. */
export function readPlace(home: GafferHome): PostgresPlace | undefined {
  const place = readRecord(home);
  return place && ownerOfCopied(home, place) === null ? place : undefined;
}

function readRecord(home: GafferHome): PostgresPlace | undefined {
  const found = readJsonFile(placeFile(home)) as Partial<PostgresPlace> | undefined;
  if (!found?.folder || !found.password) return undefined;
  const inside = join(home.path, 'postgres');
  // A home that was moved or copied has its data with it.
  const folder = basename(found.folder) === 'postgres' && existsSync(join(inside, 'data')) ? inside : found.folder;
  return { folder, password: found.password, port: found.port ?? null, version: found.version ?? null };
}

/** The home that a database outside of homes belongs to, where it is another one that still has it. */
function ownerOfCopied(home: GafferHome, { folder }: PostgresPlace): string | null {
  const note = join(folder, 'home.txt');
  const owner = existsSync(note) ? readFileSync(note, 'utf8').trim() : home.path;
  if (!existsSync(owner) || realpathSync(owner) === realpathSync(home.path)) return null;
  return readRecord({ path: owner })?.folder === folder ? owner : null;
}

/** Keeps the record. */
export function writePlace(home: GafferHome, place: PostgresPlace): void {
  writeJsonFile(placeFile(home), place);
}

/**
 * Where the home's database lies, decided once: inside the home when the account can reach it there, else in a system folder.
 *
 * @throws StackError `database` when its folder is gone, or that of another home
 */
export async function choosePlace(
  home: GafferHome,
  say: (line: string) => void,
): Promise<{ place: PostgresPlace; account: Account | undefined; copyRoot: string }> {
  const existing = readRecord(home);
  if (existing) {
    refuseOthers(home, existing);
    return { place: existing, ...(await ownerOf(home, existing)) };
  }
  const account = await postgresAccount(say);
  const isInside = account === undefined || (await accountCan(account, '-x', home.path));
  const root = account === undefined ? userCacheDir() : await systemFolder(account);
  const folder = isInside ? join(home.path, 'postgres') : join(root, `data-${randomBytes(6).toString('hex')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  if (account) chownSync(folder, account.uid, account.gid);
  if (!isInside) {
    // So that somebody who finds the folder knows whose it is.
    writeFileSync(join(folder, 'home.txt'), `${home.path}\n`, { mode: 0o600 });
    say(`PostgreSQL: the account ${account?.name} cannot reach ${home.path}, its data goes to ${folder}`);
  }
  const place: PostgresPlace = { folder, password: randomBytes(24).toString('base64url'), port: null, version: null };
  writePlace(home, place);
  return { place, account, copyRoot: root };
}

function refuseOthers(home: GafferHome, place: PostgresPlace): void {
  const owner = ownerOfCopied(home, place);
  if (owner === null) return;
  const says = `The database of ${home.path}, a copy, is that of ${owner}, in ${place.folder}`;
  throw new StackError(
    'database',
    `${says}. \`gaffer backup\` there and \`gaffer restore\` here, without this folder, make a copy with its own.`,
  );
}

/** An existing database is run by whom it belongs to, whatever account a new one would get. */
async function ownerOf(
  home: GafferHome,
  { folder }: PostgresPlace,
): Promise<{ account: Account | undefined; copyRoot: string }> {
  if (!existsSync(folder)) {
    throw new StackError(
      'database',
      `The database of ${home.path} lay in ${folder}, which is gone. To begin with an empty one, remove ${placeFile(home)}.`,
    );
  }
  const { uid, gid } = statSync(folder);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || uid === 0) return { account: undefined, copyRoot: userCacheDir() };
  const account = { name: `number ${uid}`, uid, gid };
  return { account, copyRoot: await systemFolder(account) };
}

/** Major version of the PostgreSQL that wrote the data, such as `18`; undefined when there is none yet. */
export function majorOfData({ folder }: PostgresPlace): string | undefined {
  const file = join(folder, 'data', 'PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** The first system folder that root can own and the account can reach. A cache of root's own home would be out of its reach. */
async function systemFolder(account: Account): Promise<string> {
  const tried: string[] = [];
  for (const folder of ['/var/lib/gaffer', '/var/cache/gaffer', join(tmpdir(), 'gaffer-root')]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      const about = lstatSync(folder);
      // Somebody else's folder, prepared in a place that all may write to, is not to be trusted.
      const isOurs = about.isDirectory() && about.uid === 0 && (about.mode & 0o022) === 0;
      if (!isOurs) throw new Error('it belongs to somebody else');
      chmodSync(folder, 0o755);
      if (await accountCan(account, '-x', folder)) return folder;
      tried.push(`${folder}: out of reach for ${account.name}`);
    } catch (error) {
      tried.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new StackError(
    'database',
    `PostgreSQL refuses to run as root, and no folder serves its account (${tried.join('; ')}). Set DATABASE_URL.`,
  );
}

function placeFile(home: GafferHome): string {
  return join(home.path, 'postgres.json');
}
