/*
 * What may be reached from here, so that nobody reaches through us what only this machine can reach:
 * W1 Only http and https, without credentials in the address, to ports 80 and 443 or what was allowed by host and port.
 * W2 Every address that the name has must be public; one that is not refuses the name.
 * W3 After connecting, before anything is sent, the socket's own address is looked at again: a name may change its answer.
 */
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { canonicalUrl } from '../../domain/tools/canonical-url.ts';
import { isPublicAddress } from './public-address.ts';

/** Something was not fetched or not sent; the message says why. */
export class WebError extends Error {
  override readonly name = 'WebError';
  readonly kind: 'refused' | 'unreachable' | 'too-big' | 'too-slow';
  constructor(kind: WebError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What may be reached, and how names are looked up. */
export interface WaySettings {
  /** `host:port` pairs that can be reached although they are not public. */
  allow: readonly string[];
  /** All addresses of a name; by default the system's answer. */
  resolve?: (host: string) => Promise<LookupAddress[]>;
  /** Why an address may not be asked for, in words; null: it may. */
  objection?: (url: URL) => string | null;
}

/**
 * An address that may be asked for (W1).
 *
 * @throws WebError `refused`
 */
export function checkUrl(address: string, base: URL | undefined, { allow, objection }: WaySettings): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base?.href) : undefined;
  if (!url) throw new WebError('refused', 'that is no address: expected one like https://example.com/page');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new WebError('refused', `${url.protocol} is refused: only http and https are fetched`);
  }
  if (url.username !== '' || url.password !== '')
    throw new WebError('refused', 'addresses with a user or password in them are refused');
  if (url.port !== '' && !isNamed(url, allow)) {
    throw new WebError('refused', `port ${url.port} is refused: only 80 and 443 are reached`);
  }
  const literal = unbracketed(url.hostname);
  if (isIP(literal) !== 0 && !isPublicAddress(literal) && !isNamed(url, allow)) throw notPublic(literal);
  const plain = canonicalUrl(url.href)!;
  const why = objection?.(plain) ?? null;
  if (why !== null) throw new WebError('refused', why);
  return plain;
}

/** Connects to what may be reached and to nothing else (W1-W3). */
export function createConnector(settings: WaySettings): buildConnector.connector {
  const resolve = settings.resolve ?? ((host: string) => lookup(host, { all: true }));
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    const isFree = isAllowed(options.hostname, port, settings.allow);
    const literal = unbracketed(options.hostname);
    if (isIP(literal) !== 0 && !isFree && !isPublicAddress(literal)) return callback(notPublic(literal), null);
    const connect = buildConnector({
      timeout: 10_000,
      // Node asks for one address or for all, as it sees fit: it gets only what was checked.
      lookup: (host, lookupOptions, done) => {
        checkedAddresses(host, resolve, isFree).then(
          (found) => (lookupOptions.all ? done(null, found) : done(null, found[0]!.address, found[0]!.family)),
          (error: Error) => done(error, []),
        );
      },
    });
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error || !socket) return callback(...result);
      const peer = (socket as Socket).remoteAddress ?? '';
      if (isFree || isPublicAddress(peer)) return callback(...result);
      socket.destroy();
      callback(notPublic(peer), null);
    });
  };
}

async function checkedAddresses(
  host: string,
  resolve: (host: string) => Promise<LookupAddress[]>,
  isFree: boolean,
): Promise<LookupAddress[]> {
  const found = await resolve(host);
  if (found.length === 0) throw new WebError('unreachable', `the name ${host} has no address`);
  const hidden = found.find(({ address }) => !isPublicAddress(address));
  if (hidden && !isFree) throw notPublic(`${host} (${hidden.address})`);
  return found;
}

/** Whether an address was allowed by host and port. */
export function isNamed(url: URL, allow: readonly string[]): boolean {
  return isAllowed(url.hostname, portOf(url), allow);
}

function isAllowed(hostname: string, port: number, allow: readonly string[]): boolean {
  const wanted = `${unbracketed(hostname)}:${port}`.toLowerCase();
  return allow.some((pair) => pair.replace(/[[\]]/g, '').toLowerCase() === wanted);
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function notPublic(what: string): WebError {
  return new WebError('refused', `${what} is not a public address: only public ones are reached`);
}

/** What went wrong on the way, in one class; errors of the network come wrapped, sometimes more than once. `what`: how its message begins. */
export function toWebError(error: unknown, what: string): WebError {
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (cause instanceof WebError) return cause;
    if (cause.cause === undefined) break;
    cause = cause.cause;
  }
  const { code, message } = cause as NodeJS.ErrnoException;
  return new WebError('unreachable', `${what}: ${code ?? message}`, { cause: error });
}
