/*
 * The ways out of a contained program's network namespace, which has none of its own: Unix sockets that this process serves, in a folder that
 * only this program is shown.
 * Y1 One leads to the gateway. Each connection is made by the gateway's path anew, so one that comes back is found.
 * Y2 One leads to the proxy, where a program may reach hosts at all.
 * Y3 The folder goes with the program. What a process that was killed leaves is swept by the next one: nobody answers there.
 */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { fingerprint } from '../../domain/fingerprint.ts';
import { temporaryFolder } from '../private-folder.ts';
import { processPlace } from '../process-place.ts';
import { stampOf } from '../process-stamp.ts';
import { closerOf, hopTo } from './hop.ts';
import { createProxy, type ProxySettings } from './proxy.ts';

/** What a program may reach. */
export interface WaySettings extends ProxySettings {
  gateway: { socket: string } | null;
}

/** Ways that are open. */
export interface Ways {
  /** Where their sockets are; null: there is no way out. */
  folder: string | null;
  names: readonly WayName[];
  close(): Promise<void>;
}

type WayName = 'gateway' | 'proxy';

/** Connections to the gateway that one program has at a time: an agent has a handful of calls in flight. */
const mostConnections = 256;

/** A folder without a socket is somebody's that is about to start, for so long in ms. */
const startsWithinMs = 60_000;

/** The name of a way's socket. */
export const socketName = (name: WayName): string => `${name}.sock`;

/** Opens the ways of a program. @throws the operating system's error when they cannot be opened */
export async function openWays({ gateway, ...settings }: WaySettings): Promise<Ways> {
  const servers: Partial<Record<WayName, Server>> = {};
  if (gateway) {
    servers.gateway = createServer({ allowHalfOpen: true }, hopTo(gateway.socket));
    servers.gateway.maxConnections = mostConnections;
  }
  if (settings.hosts.length > 0) servers.proxy = createProxy(settings);
  const names = Object.keys(servers) as WayName[];
  if (names.length === 0) return { folder: null, names, close: () => Promise.resolve() };
  const root = await temporaryFolder('ways');
  await sweepWays(root);
  const folder = await mkdtemp(path.join(root, ownPrefix()));
  const closing = names.map((name) => closerOf(servers[name]!));
  const close = async (): Promise<void> => {
    for (const end of closing) end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const name of names) await listen(servers[name]!, path.join(folder, socketName(name)));
    return { folder, names, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(file, () => resolve(server.off('error', reject) && undefined));
  });
}

// Short, as paths of sockets are.
function prefixOf(place: string | undefined, pid: number): string {
  return `way-${fingerprint(place ?? '').slice(0, 3)}-${pid.toString(36)}-`;
}

function ownPrefix(): string {
  return prefixOf(processPlace(), process.pid);
}

// Whoever began it in our place is gone, and so will never listen.
function isOfDead(name: string): boolean {
  const [, digits = ''] = /^way-[^-]+-([0-9a-z]+)-/.exec(name) ?? [];
  const pid = Number.parseInt(digits, 36);
  return name.startsWith(prefixOf(processPlace(), pid)) && stampOf(pid) === undefined;
}

async function sweepWays(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    const folder = path.join(root, name);
    if (!(await isAnswered(folder))) await rm(folder, { recursive: true, force: true });
  }
}

async function isAnswered(folder: string): Promise<boolean> {
  const sockets = await readdir(folder).catch(() => []);
  if (sockets.length === 0) {
    const found = await stat(folder).catch(() => undefined);
    return found !== undefined && !isOfDead(path.basename(folder)) && Date.now() - found.mtimeMs < startsWithinMs;
  }
  for (const socket of sockets) if (await answers(path.join(folder, socket))) return true;
  return false;
}

function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
