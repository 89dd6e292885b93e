import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { ownFolder } from '../../host/private-folder.ts';
import { identify, type ProcessIdentity, standingOf } from '../../host/process-identity.ts';
import { shortFolder } from './gateway-place.ts';

/** Connections that one takes at a time: whoever is in a sandbox may open as many as it likes. */
const mostConnections = 500;

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
  const around = await shortFolder();
  sweepWays(around);
  const name = randomBytes(6).toString('hex');
  const note = join(around, `${name}.way`);
  // Before its folder: whatever is killed afterwards, that is found again.
  writeJsonFile(note, identify(process.pid) ?? {});
  const folder = await ownFolder(join(around, name));
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
  server.maxConnections = mostConnections;
  await once(server.listen(socket), 'listening');
  server.unref();
  const clear = (): void => clearWay(around, name);
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

// Those of processes that were killed.
function sweepWays(around: string): void {
  for (const file of readdirSync(around)) {
    const [, name] = /^([0-9a-f]{12})\.way$/.exec(file) ?? [];
    if (name === undefined) continue;
    const owner = readJsonFile(join(around, file)) as Partial<ProcessIdentity> | undefined;
    if (owner?.stamp !== undefined && standingOf(owner as ProcessIdentity) === 'dead') clearWay(around, name);
  }
}

// The note goes last: what it is about is found again until then.
function clearWay(around: string, name: string): void {
  rmSync(join(around, name), { recursive: true, force: true });
  rmSync(join(around, `${name}.way`), { force: true });
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
