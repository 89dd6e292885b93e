import type { Context, MiddlewareHandler } from 'hono';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';

/*
 * O1 The service answers to its own names alone, before anything is looked up: a page of `evil.example` whose name leads to 127.0.0.1
 *    (DNS rebinding) asks for `evil.example`.
 * O2 What a page of another origin asks for is refused, whoever's key or cookie comes with it. Other ports and names of this machine are others.
 * O3 A program sends neither Origin nor Sec-Fetch-Site. A cookie is sent by browsers alone, so a write that comes with one has to say where it is from.
 */

/** Origins that the service has: `http://localhost:7450`. Asked for each call, as a port may only be known later. */
export type OwnOrigins = () => readonly string[];

/** Origins of a service that listens on a host and port, and of the addresses that others know it by. */
export function originsOf({ host, port }: { host: string; port: number }, publicUrls: readonly string[]): string[] {
  const isAny = ['0.0.0.0', '::'].includes(host);
  const names = ['localhost', '127.0.0.1', '[::1]', ...(isAny ? [] : [host.includes(':') ? `[${host}]` : host])];
  const local = names.map((name) => new URL(`http://${name}:${port}`).origin);
  return [...new Set([...local, ...publicUrls.map((url) => new URL(url).origin)])];
}

/** Refuses what asks for a name that the service does not have (O1). */
export function refuseForeignHosts(origins: OwnOrigins): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const [origin] = ownOrigins(origins, c.req.header('Host')).toReversed();
    // A whole address in the request line counts for more than the header: both have to be ours.
    if (origin === undefined || ownOrigins(origins, new URL(c.req.url).host).length === 0) {
      throw new ProblemError(421, {
        code: 'foreign-host',
        detail: 'the service does not answer to this name: `gaffer serve --public-url` adds one.',
      });
    }
    c.set('origin', origin);
    await next();
  };
}

/** Refuses what pages of others ask for (O2, O3). Comes after it is known who asks. */
export function refuseForeignOrigins(origins: OwnOrigins): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const isRead = ['GET', 'HEAD'].includes(c.req.method);
    // Pages and their files are opened from anywhere; they say nothing of anybody.
    if (!(isRead && c.get('isOpen'))) {
      refuseForeign(c, origins);
      const isNavigation = isRead && !c.req.header('Accept')?.includes('text/event-stream');
      if (c.req.header('Sec-Fetch-Site') === 'none' && !isNavigation) throw foreignPage();
      if (!isRead && c.get('knownBy') === 'cookie') requireSamePage(c);
    }
    await next();
  };
}

/** Refuses what a browser asks for and does not say to be this page's own doing: what writes, also where it is a GET. */
export function requireSamePage(c: Context<ServerEnv>): void {
  const isOwn = c.req.header('Sec-Fetch-Site') === 'same-origin';
  // Whatever Origin has come this far is ours.
  if (!isOwn && c.req.header('Origin') === undefined) throw foreignPage();
}

function refuseForeign(c: Context<ServerEnv>, origins: OwnOrigins): void {
  const origin = c.req.header('Origin');
  if (origin !== undefined && !ownOrigins(origins, c.req.header('Host')).includes(origin)) throw foreignPage();
  const site = c.req.header('Sec-Fetch-Site');
  if (site !== undefined && !['same-origin', 'none'].includes(site)) throw foreignPage();
}

function ownOrigins(origins: OwnOrigins, host: string | undefined): string[] {
  return origins().filter((origin) => hostsOf(origin).includes(host?.toLowerCase() ?? ''));
}

/** How the Host of an origin is written: the usual port may be left out. */
function hostsOf(origin: string): string[] {
  const { protocol, host, port } = new URL(origin);
  return port === '' ? [host, `${host}:${protocol === 'https:' ? 443 : 80}`] : [host];
}

function foreignPage(): ProblemError {
  return new ProblemError(403, {
    code: 'foreign-origin',
    detail: 'a page of another origin asked for this: only pages of the service itself, and programs, may.',
  });
}
