import { serve, type ServerType } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import type { Routes } from '../../../src/server/route.ts';

/** A service on a port of its own. */
export interface Listening {
  url: string;
  close(): Promise<void>;
}

/** Lets an app be asked over a socket. */
export async function listen(app: Routes): Promise<Listening> {
  const server = await new Promise<ServerType>((resolve) => {
    const opened = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(opened));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => void server.close((error) => (error ? reject(error) : resolve()))),
  };
}
