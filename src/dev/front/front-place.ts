import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { GafferHome } from '../../config/home.ts';
import { readSecret } from '../../config/home-secret.ts';
import { frontUser } from '../../domain/temporal-target.ts';
import { longestSocketPath, privateFolder, temporaryFolder } from '../../host/private-folder.ts';
import { StackError } from '../stack-error.ts';

/**
 * Where the front of a home listens for its owner: a path that no other account can take, the same at each start, so that who works
 * with the server finds it again.
 *
 * @throws StackError `no-server` when there is no folder for it
 */
export async function frontSocket(home: GafferHome, secret: string): Promise<string> {
  // By path and secret: homes at the same path on machines that share their users' folders are not the same.
  const name = createHmac('sha256', secret)
    .update(`socket\n${realpathSync(home.path)}`)
    .digest('hex')
    .slice(0, 24);
  const tried: string[] = [];
  for (const folderFor of [privateFolder, temporaryFolder]) {
    const folder = await folderFor('fronts').catch(() => undefined);
    if (folder === undefined) continue;
    if (await takesSocket(join(folder, name))) return join(folder, name);
    tried.push(folder);
  }
  throw new StackError(
    'no-server',
    `The Temporal server has no place for its socket: the path is too long, or cannot be written to (${tried.join(', ') || 'no folder can be made'}). Set XDG_STATE_HOME to a folder of your own with a short name.`,
  );
}

/** Not every file system does. */
async function takesSocket(path: string): Promise<boolean> {
  if (Buffer.byteLength(path) > longestSocketPath) return false;
  const server = createServer();
  try {
    // As long as the path itself: what another start may have there stays.
    await once(server.listen(`${path.slice(0, -12)}${randomBytes(6).toString('hex')}`), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** File of the proxy's address that leads others to a home's server, with the password in it; both for one start of the front. */
export function frontProxyFile(home: GafferHome): string {
  return join(home.path, 'front-proxy');
}

/**
 * A new password for the front's ports, and the file for it, readable by the home's owner only.
 *
 * The port stands beside it: who knows the port from before would send the new password to whoever has that by now.
 */
export function renewFrontPassword(home: GafferHome, port: number): string {
  const password = randomBytes(32).toString('base64url');
  const draft = `${frontProxyFile(home)}.${process.pid}`;
  writeFileSync(draft, `http://${frontUser}:${password}@127.0.0.1:${port}\n`, { mode: 0o600 });
  renameSync(draft, frontProxyFile(home));
  return password;
}

/** Takes away what a front that has ended leaves behind; where its record is lost with it, what can be found of it. */
export async function clearFrontPlace(home: GafferHome, socket?: string): Promise<void> {
  rmSync(frontProxyFile(home), { force: true });
  const secret = readSecret(home);
  const found = socket ?? (secret === null ? undefined : await frontSocket(home, secret).catch(() => undefined));
  if (found !== undefined) rmSync(found, { force: true });
}
