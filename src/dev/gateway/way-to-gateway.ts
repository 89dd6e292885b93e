import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { ownFolder } from '../../host/private-folder.ts';
import { shortFolder } from './gateway-place.ts';

/** A Unix socket that leads to a gateway elsewhere. */
export interface WayToGateway {
  socket: string;
  close(): Promise<void>;
}

/**
 * A Unix socket of this process that leads to a gateway at that address, so that agents without a network reach it as one of this machine.
 *
 * @param url `http(s)://HOST:PORT`, or `unix:/PATH`
 */
export async function openWay(url: string): Promise<WayToGateway> {
  const folder = await ownFolder(join(await shortFolder(), randomBytes(6).toString('hex')));
  const socket = join(folder, 's');
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTo(url);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      // Whoever ends, or breaks, takes the other with it.
      from.on('error', () => to.destroy()).once('close', () => open.delete(from) && to.destroySoon());
      from.pipe(to);
    }
  });
  await once(server.listen(socket), 'listening');
  server.unref();
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  const inOrder = undoneAtExit(clear);
  return {
    socket,
    async close() {
      inOrder();
      server.close();
      for (const each of open) each.destroy();
      clear();
    },
  };
}

/** Asks a gateway at such an address whether it takes calls. @throws Error that says why it does not */
export async function askHealth(url: string, withinMs: number): Promise<void> {
  const socket = connectTo(url);
  const asked = request({ path: '/healthz', createConnection: () => socket, signal: AbortSignal.timeout(withinMs) });
  try {
    const [{ statusCode }] = (await once(asked.end(), 'response')) as [IncomingMessage];
    if (statusCode !== 200) throw new Error(`it answers with status ${statusCode}`);
  } finally {
    socket.destroy();
  }
}

function connectTo(url: string): Socket {
  if (url.startsWith('unix:')) return connect(url.slice('unix:'.length));
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol === 'https:')
    return connectSecurely({ host, port: Number(port || 443), ...(isIP(host) === 0 && { servername: host }) });
  return connect({ host, port: Number(port || 80) });
}
