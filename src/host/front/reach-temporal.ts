import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, Socket } from 'node:net';
import { dirname } from 'node:path';
import type { ReachableTarget, TemporalTarget } from '../../domain/temporal-target.ts';
import { createDoor } from './connect-door.ts';
import { knockLine } from './knock-line.ts';

/*
 * The SDK's connections know addresses only, and come again by themselves when they are lost: to whoever has the port by then. So:
 * R1 They lead to a relay in this process, whose port is its own for as long as it lives, and so for as long as they do.
 * R2 Others reach that port too: it opens by a password that only this process knows.
 * R3 The home's secret goes into a socket in a folder that is this account's alone, and nowhere else.
 * R4 A relay keeps no process alive.
 */

interface Relay {
  address: string;
  password: string;
}

const relays = new Map<string, Promise<Relay>>();

/** The same server by an address for connections of the SDK, which holds as long as this process lives. */
export async function reachTemporal({ socket, ...target }: TemporalTarget): Promise<ReachableTarget> {
  if (socket === undefined) return target;
  const key = JSON.stringify([socket, target.password]);
  let relay = relays.get(key);
  if (relay === undefined) {
    relay = startRelay(socket, target.password ?? '');
    relays.set(key, relay);
    relay.catch(() => relays.delete(key));
  }
  return { ...target, ...(await relay) };
}

/** Whether nobody but this account can listen there. */
export function isOwnSocket(path: string): boolean {
  try {
    const folder = lstatSync(dirname(path));
    return folder.isDirectory() && folder.uid === process.getuid?.() && (folder.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

async function startRelay(path: string, secret: string): Promise<Relay> {
  const password = randomBytes(32).toString('base64url');
  const open = (): Socket => {
    const behind = isOwnSocket(path) ? connect(path) : new Socket().destroy(new Error(`${path} is not ours alone`));
    return behind.unref();
  };
  const server = createDoor({ password, open, greeting: knockLine(secret) });
  server.on('connection', (socket: Socket) => socket.unref()); // R4
  server.listen({ host: '127.0.0.1', port: 0, exclusive: true });
  await once(server, 'listening');
  server.unref();
  // A connection that cannot be accepted is its client's loss, who comes again.
  server.on('error', () => undefined);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, password };
}
