import { serve, type ServerType } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Session } from '../client/connection/session.ts';
import { UsageError } from '../domain/errors.ts';
import { createApp } from './app.ts';
import { newClosing } from './closing.ts';
import { errorLog, observersOf } from './observe/observers.ts';
import { Streams } from './sse/streams.ts';
import { createGuards } from './security/guards.ts';
import { originsOf } from './security/origins.ts';
import { refuseBytes } from './security/refuse-bytes.ts';
import { limitServer, serverLimits } from './security/server-limits.ts';
import { deliverFrom } from './triggers/hook-access.ts';

/** Where the service listens. */
export interface ServeOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  /** Addresses that others know it by, behind a proxy for one: `https://gaffer.example`. */
  publicUrls?: readonly string[];
  /** `host:port` pairs that webhooks may be sent to although they are not public, besides those of the environment. */
  webhookAllow?: readonly string[];
  /** Folders that callers may name files and workspaces in, besides the session's own. */
  folders?: readonly string[];
}

/** A service that answers. */
export interface Service {
  /** Where this machine reaches it, as `http://127.0.0.1:7450`. */
  readonly url: string;
  close(): Promise<void>;
}

/** How long what was asked has to be answered when the service ends, and after how long what is still sent is cut off, in ms. */
const answersWithinMs = 3000;
const cutAfterMs = 4000;

/** Answers programs and pages over HTTP, from what a session reaches. @throws UsageError when it cannot listen there */
export async function startService(session: Session, options: ServeOptions): Promise<Service> {
  const { host, port, publicUrls = [], webhookAllow = [], folders = [] } = options;
  const observers = await observersOf(session);
  const logError = errorLog(session, observers.log);
  const streams = new Streams({ store: session.store, logError });
  let origins: readonly string[] = [];
  const guards = createGuards({
    ...{ store: session.store, origins: () => origins },
    addressOf: (c) => getConnInfo(c).remote.address ?? '',
  });
  const way = { allow: [...session.config.webhookAllow, ...webhookAllow] };
  const reach = { way, within: [session.cwd, ...folders] };
  const closing = newClosing();
  const app = createApp({ session, logError, guards, streams, reach, observers, closing: closing.signals });
  const server = await listen(app.fetch, { host, port });
  server.on('error', (error) => logError(error));
  const { port: taken } = server.address() as AddressInfo;
  origins = originsOf({ host, port: taken }, publicUrls);
  const delivering = await deliverFrom(session, way, { logError });
  const close = async (): Promise<void> => {
    closing.begun.abort();
    const timers = [
      setTimeout(() => closing.over.abort(), answersWithinMs),
      setTimeout(() => (server as Server).closeAllConnections(), cutAfterMs),
    ];
    const closed = new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
    });
    try {
      await Promise.all([closed, streams.close(), delivering.stop()]);
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  };
  let closed: Promise<void> | undefined;
  return { url: `http://${nameOf(host)}:${taken}`, close: () => (closed ??= close()) };
}

/** What all addresses of a machine are called is no name that it answers to. */
function nameOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: ServeOptions,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port, serverOptions: serverLimits }, () => resolve(server));
    limitServer(server as Server);
    server.on('clientError', refuseBytes);
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
  });
}
