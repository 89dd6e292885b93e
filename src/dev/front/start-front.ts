import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { GafferHome } from '../../config/home.ts';
import { loaderOf } from '../../host/package/loader-of.ts';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import { processPlace } from '../../host/process-place.ts';
import { findProgram } from '../../host/programs.ts';
import { lastLine } from '../../host/run-tool.ts';
import { spawnChild } from '../../host/spawn-child.ts';
import { logSince, logSize, rotateLog } from '../server-process.ts';
import type { FrontSettings } from './front.ts';

/** What a front is to start, and where that will be, in its namespace. */
export interface FrontOrder extends Omit<FrontSettings, 'front'> {
  /** Path of the socket for the home's owner. */
  socket: string;
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/** What a front says first: who it is. */
export type FrontReport = ProcessIdentity;

/** A front that waits for its order, with nothing started yet. */
export interface WaitingFront {
  identity: ProcessIdentity;
  /** Has it start its server and let people in by these sockets, from now on on its own. */
  go(order: FrontOrder, listeners: readonly Server[]): Promise<void>;
}

const program = import.meta.url.replace(/start-front\.(js|ts)$/, 'front-main.$1');

/**
 * Starts a front in namespaces of its own: neither Ctrl-C nor this process's death ends it once it goes.
 *
 * @returns why there is none, where the machine has no namespaces for us
 */
export async function startFront(options: {
  home: GafferHome;
  env: Record<string, string>;
  logFile: string;
}): Promise<WaitingFront | string> {
  const { home, env, logFile } = options;
  if (process.platform !== 'linux') return 'it takes namespaces of Linux';
  const bwrap = findProgram('bwrap', { env });
  if (bwrap === undefined) return 'bubblewrap is not installed';
  rotateLog(logFile);
  const offset = logSize(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const separate = ['--unshare-net', '--unshare-pid', '--as-pid-1', '--dev-bind', '/', '/'];
    const node = [process.execPath, ...loaderOf(program), fileURLToPath(program), home.path];
    const stdio = ['ignore', log, log, 'ipc'] as const;
    const child = spawnChild(bwrap, [...separate, '--', ...node], {
      cwd: home.path,
      env,
      detached: true,
      stdio: [...stdio],
    });
    const identity = await reportOf(child);
    if (identity === undefined) return lastLine(logSince(logFile, offset));
    // It counts itself where we do.
    const place = processPlace();
    return {
      identity: { ...identity, ...(place !== undefined && { place }) },
      go: (order, listeners) => go(child, order, listeners),
    };
  } finally {
    closeSync(log);
  }
}

async function reportOf(child: ChildProcess): Promise<FrontReport | undefined> {
  const ended = new Promise<undefined>((resolve) => {
    child.once('error', () => resolve(undefined)).once('exit', () => resolve(undefined));
  });
  const reported = once(child, 'message').then(([report]) => report as FrontReport);
  return Promise.race([reported, ended]);
}

async function go(child: ChildProcess, order: FrontOrder, listeners: readonly Server[]): Promise<void> {
  const send = (message: FrontOrder | 'listen', handle?: Server): Promise<void> =>
    new Promise((resolve, reject) => child.send(message, handle, {}, (error) => (error ? reject(error) : resolve())));
  for (const listener of listeners) await send('listen', listener);
  await send(order);
  for (const listener of listeners) listener.close();
  child.disconnect();
  child.unref();
}

/** Sockets for people on two ports of loopback: those that are wanted when they are free, others when not. */
export async function listenForPeople(wanted: readonly (number | undefined)[]): Promise<Server[]> {
  return Promise.all(wanted.map(async (port) => (await listenOn(port ?? 0)) ?? (await listenOn(0))!));
}

/** The port of a socket that listens. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    // Whoever comes before the front does has to come again.
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) => {
      const isTaken = port !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
      if (isTaken) resolve(undefined);
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}
