import type { Server, ServerOptions } from 'node:http';

/*
 * What a connection may cost before anything of ours sees it. Who sends its headers or its body drop by drop is cut off (408), headers
 * beyond their bytes are refused (431), and idle connections are closed.
 */

/** For the server of Node. */
export const serverLimits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: true,
} as const satisfies ServerOptions;

/** Most connections at once; those beyond are closed. */
const maxConnections = 5_000;

/** What the server only takes when it is there. */
export function limitServer(server: Pick<Server, 'maxConnections' | 'maxHeadersCount'>): void {
  server.maxConnections = maxConnections;
  // None is left out in silence: our guard refuses a call with too many.
  server.maxHeadersCount = 0;
}
