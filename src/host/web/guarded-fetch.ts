/*
 * How a page is fetched, on a guarded way (W1-W3, guarded-way.ts):
 * W4 Redirects are followed here, at most three, each checked like the first address, by whoever asked for the page too.
 * W5 At most 2 MB (unpacked) and 20 s in all.
 */
import { Agent, fetch } from 'undici';
import type { Response } from 'undici';
import { awakeLimit } from '../awake-timer.ts';
import { checkUrl, createConnector, toWebError, WebError, type WaySettings } from './guarded-way.ts';

/** How a page is fetched. */
export interface FetchSettings extends WaySettings {
  timeoutMs?: number;
  /** Sent to the address itself, and nowhere else that it leads to. */
  headers?: Readonly<Record<string, string>>;
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
    throw toWebError(error, 'the page cannot be fetched');
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
