import { UsageError } from '../domain/errors.ts';

/** Where a service is, and how to get in. */
export interface HttpOptions {
  /** Its address, as `https://gaffer.example.com`; a path in it stays before all others. */
  url: string;
  /** A key of `gaffer keys create`. It goes into a header, never into an address. Left out: the page's own session says who asks. */
  key?: string;
  /** What asks instead of the platform's `fetch`. */
  fetch?: typeof fetch;
  /** Headers of every request besides, as a proxy before the service may want. */
  headers?: Readonly<Record<string, string>>;
  /** Ends all that is open, and everything that is asked later. */
  signal?: AbortSignal;
  /**
   * How long in ms a service that answered before may be away until whoever asks is told; default: a minute. One that never answered
   * has a tenth of it.
   */
  patienceMs?: number;
}

/** Where and with what every request goes out. */
export interface Target {
  /** Without a slash at its end. */
  base: string;
  headers: Headers;
  fetch: typeof fetch;
  patienceMs: number;
}

/** @throws UsageError naming the option that cannot be meant */
export function checkOptions(options: HttpOptions): Target {
  if (typeof options !== 'object' || options === null) throw new UsageError('connect takes one object: { url, key }.');
  const { url, key, fetch: ask = globalThis.fetch, patienceMs = 60_000 } = options;
  if (typeof ask !== 'function') throw new UsageError('`fetch` is no function, and this platform has none.');
  if (!Number.isFinite(patienceMs) || patienceMs < 0)
    throw new UsageError(`\`patienceMs\` is ${patienceMs}: it must be 0 or more.`);
  return { base: toBase(url), headers: toHeaders(options.headers, key), fetch: ask, patienceMs };
}

function toBase(url: string): string {
  const found = parsed(url);
  if (!found || !/^https?:$/.test(found.protocol))
    throw new UsageError(
      `\`url\` "${String(url).slice(0, 200)}" is none: give the service's address, as http://127.0.0.1:7450.`,
    );
  // What may be a secret is not repeated.
  if (found.username !== '' || found.password !== '' || found.search !== '' || found.hash !== '')
    throw new UsageError(
      '`url` has a user, a query or a fragment: give the address alone, and what lets you in as `key`.',
    );
  return found.href.replace(/\/+$/, '');
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

function toHeaders(given: HttpOptions['headers'], key: string | undefined): Headers {
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)))
    throw new UsageError('`key` is no key: `gaffer keys create --scope run` prints one.');
  try {
    const headers = new Headers(given);
    if (key !== undefined) headers.set('Authorization', `Bearer ${key}`);
    return headers;
  } catch (cause) {
    throw new UsageError('`headers` has one that no request can carry.', { cause });
  }
}
