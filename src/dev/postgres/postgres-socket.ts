import { createHash } from 'node:crypto';
import { lchownSync, readdirSync, realpathSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GafferHome } from '../../config/home.ts';
import { longestSocketPath, ownFolder, userStateDir } from '../../host/private-folder.ts';
import { StackError } from '../stack-error.ts';
import type { Account } from './postgres-account.ts';
import type { PostgresPlace } from './postgres-place.ts';

/*
 * A port is anybody's once its server is dead, and a client that comes again does not ask who listens: it would tell him its password,
 * or take his word that none is needed. So ours ask at a socket:
 * K1 Its folder is the server's alone, and lies where nobody but us can make one: never in a common temporary folder of all accounts,
 *    where it would be anybody's when it is gone.
 * K2 Its path is the same at each start, so that who works with the database finds it again.
 */

const namesOfSockets = '.s.PGSQL.';
const longestName = `${namesOfSockets}65535`;

/** What a home's PostgreSQL works with. */
interface Surroundings {
  /** Whom root runs it as. */
  account: Account | undefined;
  /** Where root puts what is for that account. */
  systemFolder: string;
  /** Where its data is, in a folder of the account's own. */
  place: Pick<PostgresPlace, 'folder' | 'password'>;
}

/**
 * The folder of the socket of a home's PostgreSQL, made where it is missing.
 *
 * @throws StackError `database` when no folder serves
 */
export async function socketFolder(home: GafferHome, surroundings: Surroundings): Promise<string> {
  const { account } = surroundings;
  const tried: string[] = [];
  for (const candidate of candidates(home, surroundings)) {
    try {
      const folder = await ownFolder(candidate, account?.uid);
      if (account) lchownSync(folder, account.uid, account.gid);
      if (Buffer.byteLength(join(folder, longestName)) <= longestSocketPath) return folder;
      rmdirSync(folder);
      tried.push(`${folder}: its path is too long`);
    } catch (error) {
      tried.push(`${candidate}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new StackError(
    'database',
    `No folder serves for the socket of PostgreSQL (${tried.join('; ')}). Set XDG_STATE_HOME to a folder of yours with a short path, or DATABASE_URL.`,
  );
}

/** Beside the data last: a project's folder may have a long path, or lie on a file system that has no sockets. */
function candidates(home: GafferHome, { account, systemFolder, place }: Surroundings): string[] {
  // Homes of two containers can have one path and share the user's folder; copies of a home share the password.
  const identity = `${realpathSync(home.path)}\n${place.password}`;
  const name = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const beside = join(place.folder, 'socket');
  if (account === undefined) return [join(userStateDir(), 'databases', name), beside];
  return [dirname(place.folder) === systemFolder ? beside : join(systemFolder, `socket-${name}`)];
}

/** Takes away what a killed server left: the number of its process, which may be another's by now, would keep the next one from starting. */
export function clearSocket(folder: string): void {
  const left = readdirSync(folder).filter((name) => name.startsWith(namesOfSockets));
  for (const name of left) rmSync(join(folder, name), { force: true });
}

/** Takes the folder away after the server. One that somebody put something into stays. */
export function removeSocketFolder(folder: string): void {
  try {
    clearSocket(folder);
    rmdirSync(folder);
  } catch {
    // The home is gone, or what is in there is not ours.
  }
}
