/*
 * How something is sent to whoever asked to be told, on a guarded way (W1-W3, guarded-way.ts):
 * P1 https alone; http only where host and port were allowed by name.
 * P2 No redirect is followed: what was signed for one address is for no other.
 * P3 15 s in all. Of the answer nothing but its status is kept, and at most 64 KB of it are read.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { Agent, fetch } from 'undici';
import { awakeLimit } from '../awake-timer.ts';
import { isPublicAddress } from './public-address.ts';
import { checkUrl, createConnector, isNamed, toWebError, WebError, type WaySettings } from './guarded-way.ts';

/** How something is sent. */
export interface PostSettings extends WaySettings {
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
const maxAnswerBytes = 64 * 1024;

/** Names that stand for this machine or its network wherever they are asked for, and a provider's metadata. */
const neverPublic = /^(?:(?:.+\.)?(?:localhost|local|internal|localdomain|home\.arpa))\.?$/i;

/** How long names are waited for where an address is only written down, in ms; they are looked at again before anything is sent. */
const lookupMs = 2000;

/**
 * An address that may be posted to ({@link checkPostUrl}), and whose name has no address now that is not public. A name that has none yet,
 * or that nobody answers for, passes.
 *
 * @throws WebError `refused`
 */
export async function checkPostAddress(address: string, settings: WaySettings): Promise<URL> {
  const url = checkPostUrl(address, settings);
  if (isNamed(url, settings.allow)) return url;
  const { resolve = (host: string) => lookup(host, { all: true }) } = settings;
  const limit = awakeLimit(lookupMs);
  const late = new Promise<LookupAddress[]>((done) => {
    limit.signal.addEventListener('abort', () => done([]), { once: true });
  });
  try {
    const found = await Promise.race([resolve(url.hostname.replace(/^\[|\]$/g, '')).catch(() => []), late]);
    const hidden = found.find((each) => !isPublicAddress(each.address));
    if (hidden) throw new WebError('refused', `${url.hostname} (${hidden.address}) is not a public address`);
    return url;
  } finally {
    limit.stop();
  }
}

/** An address that may be posted to (W1, P1). @throws WebError `refused` */
export function checkPostUrl(address: string, settings: WaySettings): URL {
  const url = checkUrl(address, undefined, settings);
  if (isNamed(url, settings.allow)) return url;
  if (neverPublic.test(url.hostname)) throw new WebError('refused', `${url.hostname} is a name of no public address`);
  if (url.protocol === 'https:') return url;
  throw new WebError(
    'refused',
    'http is refused: only https is sent to, where the service was not started to allow it',
  );
}

/**
 * Posts a text (P1-P3).
 *
 * @returns the status that came back, whatever it is
 * @throws WebError when nothing came back; the signal's reason when aborted
 */
export async function guardedPost(address: string, settings: PostSettings, signal: AbortSignal): Promise<number> {
  const { timeoutMs = defaultTimeoutMs, headers, body } = settings;
  const url = checkPostUrl(address, settings);
  const limit = awakeLimit(timeoutMs);
  const both = AbortSignal.any([signal, limit.signal]);
  const agent = new Agent({ connect: createConnector(settings), pipelining: 0, connections: 1 });
  try {
    const sent = { method: 'POST', redirect: 'manual', headers: { 'user-agent': 'gaffer', ...headers }, body } as const;
    const response = await fetch(url, { ...sent, dispatcher: agent, signal: both });
    await readAway(response.body);
    return response.status;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (limit.signal.aborted) throw new WebError('too-slow', `it took longer than ${timeoutMs / 1000} s`);
    throw toWebError(error, 'it cannot be sent');
  } finally {
    limit.stop();
    await agent.destroy();
  }
}

// Whoever answers may still be at work until its answer is read.
async function readAway(body: AsyncIterable<Uint8Array> | null): Promise<void> {
  let size = 0;
  for await (const chunk of body ?? []) if ((size += chunk.byteLength) > maxAnswerBytes) return;
}
