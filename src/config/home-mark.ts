/*
 * A home is believed: its database is started, its state names processes to end. So it must be one that Gaffer made.
 * M1 Gaffer puts an id that nobody can guess into a home that it makes, and a note of path and id into the user's own folder.
 *    A folder that an agent made, or that came with somebody's files, has no such note.
 * M2 A folder in which nothing lies that would be believed is taken as new. An id is believed, too: whoever planted it knows it.
 * M3 What others can write is not believed, mark or not, nor is a folder of theirs used; what others can read is closed.
 * M4 A link in it, or that it is itself, has Gaffer write, chmod and remove elsewhere: it takes a note like data.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { kindOf } from '../host/kind-of.ts';
import { HomeError } from './home-error.ts';
import { foreignOwnerOf, isOwn, NotTrustedError, openTrustStore, sha256, type TrustedThing } from './trust-store.ts';

// Logs and notes of living workers and services are written also where the servers are elsewhere, and prove nothing by being there.
const believed = ['id', 'postgres.json', 'postgres', 'secret', 'stack.json', 'temporal.db', 'temporal.json'];
/** Folders of a home that are written before it is known whose it is. */
const written = ['logs', 'workers', 'services'];

/**
 * Whether a home that is there may be used; one that is missing or empty may.
 *
 * @throws NotTrustedError when it holds what somebody else may have put there; HomeError `not-yours` when it is a folder of theirs
 */
export function checkHome(home: string): void {
  checkLinks(home);
  checkOwner(home);
  if (!holdsSomething(home)) return;
  const problem = problemOf(home);
  if (problem) throw new NotTrustedError(homeToTrust(home), problem);
}

/**
 * Checks that what is written into a home stays in it, also where the servers are elsewhere and nothing else of it is believed (M4).
 *
 * @throws NotTrustedError when a link may lead elsewhere that nobody allowed
 */
export function checkLinks(home: string): void {
  const link = linkIn(home);
  if (link === undefined || openTrustStore().holds(homeToTrust(home))) return;
  throw new NotTrustedError(homeToTrust(home), `${link} is a link that Gaffer did not make, and it would write there.`);
}

/**
 * Marks a home as ours, when it is new, and closes it to others (M1-M3).
 *
 * @throws NotTrustedError as {@link checkHome} does
 */
export function claimHome(home: string): void {
  checkHome(home);
  close(home);
  // Until now others may have been able to put something there.
  checkHome(home);
  keepId(home);
}

/** Believes a home from now on, because a person said so. */
export function trustHome(home: string): TrustedThing {
  checkOwner(home);
  close(home);
  keepId(home);
  const thing = homeToTrust(home);
  openTrustStore().grant(thing);
  return thing;
}

/** Whether a folder holds what only a home does. */
export function holdsSomething(home: string): boolean {
  return believed.some((name) => kindOf(join(home, name)) !== 'missing');
}

/** The first link that leads to something; one that is the home itself may lead to an empty folder. */
function linkIn(home: string): string | undefined {
  if (kindOf(home) === 'link' && entriesOf(home).length > 0) return home;
  return [home, ...written.map((name) => join(home, name))]
    .flatMap((folder) => entriesOf(folder).map((name) => join(folder, name)))
    .find((file) => kindOf(file) === 'link');
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** M3: whatever we write there could be replaced, and no `gaffer trust` changes that. */
function checkOwner(home: string): void {
  const owner = foreignOwnerOf(home);
  if (owner === null) return;
  throw new HomeError(
    'not-yours',
    `${home} belongs to another account (${owner}), which could change what Gaffer keeps there. Set GAFFER_HOME to a folder of your own.`,
  );
}

function problemOf(home: string): string | undefined {
  const about = lstatSync(home);
  if (about.isSymbolicLink()) return problemOf(realpathSync(home));
  if (!isOwn(home)) return `${home} holds Gaffer's data, and another account can change it.`;
  // Somebody may be making it at this moment: then it was empty a moment ago, and its note is there by now.
  if (openTrustStore().holds(homeToTrust(home))) return undefined;
  return `${home} holds Gaffer's data that Gaffer did not make there: somebody's files, a moved folder, or one of an older version.`;
}

function homeToTrust(home: string, id = readId(home)): TrustedThing {
  return { kind: 'home', path: realpathSync(home), hash: sha256(id) };
}

function readId(home: string): string {
  try {
    return readFileSync(join(home, 'id'), 'utf8');
  } catch {
    return '';
  }
}

/** Two commands at once end up with the same id: a link is made whole or not at all. A note of it is there before it is. */
function keepId(home: string): void {
  const file = join(home, 'id');
  if (kindOf(file) !== 'missing') return;
  const id = randomUUID();
  const draft = join(home, `id.${id}`);
  const store = openTrustStore();
  const forget = store.expect(homeToTrust(home, id));
  try {
    writeFileSync(draft, id, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // Whose it is: one that was put there meanwhile by somebody else has no note.
  const thing = homeToTrust(home);
  if (store.holds(thing)) store.grant(thing);
  forget();
  checkHome(home);
}

/** Root's PostgreSQL runs under another account, which has to get through to its data. */
function close(home: string): void {
  const { uid, mode } = lstatSync(realpathSync(home));
  const me = process.getuid?.();
  if (me === undefined || uid !== me) return;
  const closed = mode & (me === 0 ? 0o711 : 0o700);
  if (closed !== (mode & 0o777)) chmodSync(home, closed);
}
