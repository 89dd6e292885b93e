/*
 * How a page is fetched without reaching what only this machine can reach:
 * W1 Only http and https, without credentials in the address, to ports 80 and 443 or what was allowed by host and port.
 * W2 Every address that the name has must be public; one that is not refuses the name.
 * W3 After connecting, before anything is sent, the socket's own address is looked at again: a name may change its answer.
 * W4 Redirects are followed here, at most three, each checked like the first address, by whoever asked for the page too.
 * W5 At most 2 MB (unpacked) and 20 s in all.
 */
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { Agent, buildConnector, fetch } from 'undici';
import type { Response } from 'undici';
import { canonicalUrl } from '../../domain/tools/canonical-url.ts';
import { awakeLimit } from '../../host/awake-timer.ts';
import { isPublicAddress } from './public-address.ts';

/** A page was not fetched; the message says why. */
export class WebError extends Error {
  override readonly name = 'WebError';
  readonly kind: 'refused' | 'unreachable' | 'too-big' | 'too-slow';
  constructor(kind: WebError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What may be reached, and how names are looked up. */
export interface FetchSettings {
  /** `host:port` pairs that can be reached although they are not public. */
  allow: readonly string[];
  /** All addresses of a name; by default the system's answer. */
  resolve?: (host: string) => Promise<LookupAddress[]>;
  timeoutMs?: number;
  /** Sent to the address itself, and nowhere else that it leads to. */
  headers?: Readonly<Record<string, string>>;
  /** Why an address may not be asked for, in words; null: it may. */
  objection?: (url: URL) => string | null;
}

/** A fetched page: what came after the redirects. */
export interface FetchedPage {
  url: string;
  status: number;
  contentType: string;
  body: Buffer;
}

const maxRedirects = 3;
const maxBytes = 2 * 1024 * 1024;
const defaultTimeoutMs = 20_000;

/**
 * Fetches a page with GET (W1-W5).
 *
 * @throws WebError; the signal's reason when aborted
 */
export async function guardedFetch(
  address: string,
  settings: FetchSettings,
  signal: AbortSignal,
): Promise<FetchedPage> {
  const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs;
  const limit = awakeLimit(timeoutMs);
  const both = AbortSignal.any([signal, limit.signal]);
  const agent = new Agent({ connect: createConnector(settings), pipelining: 0, connections: 1 });
  try {
    return await follow(address, settings, agent, both);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (limit.signal.aborted) throw new WebError('too-slow', `the page took longer than ${timeoutMs / 1000} s`);
    throw toWebError(error);
  } finally {
    limit.stop();
    await agent.destroy();
  }
}

async function follow(
  address: string,
  settings: FetchSettings,
  agent: Agent,
  signal: AbortSignal,
): Promise<FetchedPage> {
  let url = checkUrl(address, undefined, settings);
  const { origin } = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      dispatcher: agent,
      redirect: 'manual',
      signal,
      headers: {
        ...{ 'user-agent': 'gaffer', accept: 'text/html, application/json, text/*;q=0.9' },
        ...(url.origin === origin && settings.headers),
      },
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return read(url, response);
    await response.body?.cancel();
    if (redirects === maxRedirects) throw new WebError('refused', `the page redirects more than ${maxRedirects} times`);
    url = checkUrl(location, url, settings);
  }
}

/**
 * An address that may be asked for (W1).
 *
 * @throws WebError `refused`
 */
export function checkUrl(address: string, base: URL | undefined, { allow, objection }: FetchSettings): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base?.href) : undefined;
  if (!url) throw new WebError('refused', 'that is no address: expected one like https://example.com/page');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new WebError('refused', `${url.protocol} is refused: only http and https are fetched`);
  }
  if (url.username !== '' || url.password !== '')
    throw new WebError('refused', 'addresses with a user or password in them are refused');
  if (url.port !== '' && !isAllowed(url.hostname, portOf(url), allow)) {
    throw new WebError('refused', `port ${url.port} is refused: only 80 and 443 are reached`);
  }
  const literal = unbracketed(url.hostname);
  if (isIP(literal) !== 0 && !isPublicAddress(literal) && !isAllowed(url.hostname, portOf(url), allow))
    throw notPublic(literal);
  const plain = canonicalUrl(url.href)!;
  const why = objection?.(plain) ?? null;
  if (why !== null) throw new WebError('refused', why);
  return plain;
}

async function read(url: URL, response: Response): Promise<FetchedPage> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new WebError('too-big', 'the page is bigger than 2 MB');
    chunks.push(chunk);
  }
  const contentType = response.headers.get('content-type') ?? '';
  return { url: url.href, status: response.status, contentType, body: Buffer.concat(chunks) };
}

/** Connects to what may be reached and to nothing else (W1-W3). */
export function createConnector(settings: FetchSettings): buildConnector.connector {
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

// Errors of the network come wrapped, sometimes more than once.
function toWebError(error: unknown): WebError {
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (cause instanceof WebError) return cause;
    if (cause.cause === undefined) break;
    cause = cause.cause;
  }
  const { code, message } = cause as NodeJS.ErrnoException;
  return new WebError('unreachable', `the page cannot be fetched: ${code ?? message}`, { cause: error });
}
