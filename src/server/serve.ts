import { serve, type ServerType } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import type { AddressInfo } from 'node:net';
import type { Session } from '../client/connection/session.ts';
import { UsageError } from '../domain/errors.ts';
import { createApp } from './app.ts';
import type { ServerEnv } from './env.ts';
import { Streams } from './sse/streams.ts';

/** Where the service listens. */
export interface ServeOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
}

/** A service that answers. */
export interface Service {
  /** Its address, as `http://127.0.0.1:7450`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Answers programs and pages over HTTP, from what a session reaches. @throws UsageError when it cannot listen there */
export async function startService(session: Session, { host, port }: ServeOptions): Promise<Service> {
  const logError = (error: unknown): void => session.say(String(error));
  const streams = new Streams({ store: session.store, logError });
  const app = createApp({ session, logError, guards: [asOperator], streams });
  const server = await listen(app.fetch, { host, port });
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}`,
    close: async () => {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      await streams.close();
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      await closed;
    },
  };
}

/** Until there are keys: whoever reaches it is the operator. */
const asOperator: MiddlewareHandler<ServerEnv> = async (c, next) => {
  c.set('principal', { keyId: 'operator', name: 'operator', tenant: 'default', scopes: ['admin'], roles: [] });
  await next();
};

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: ServeOptions,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, () => resolve(server));
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
  });
}
