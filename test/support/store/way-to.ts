import type { NetConnectOpts } from 'node:net';
import pg from 'pg';

/** How a connection to the server of that address is made: at a port, or at a socket. */
export function wayTo(databaseUrl: string): NetConnectOpts {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}
