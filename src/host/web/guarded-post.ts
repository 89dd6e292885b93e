/*
 * How something is sent to whoever asked to be told, on a guarded way (W1-W3, guarded-way.ts):
 * P1 https alone; http only where host and port were allowed by name.
 * P2 No redirect is followed: what was signed for one address is for no other.
 * P3 15 s in all. Of the answer nothing but its status is kept, and at most 64 KB of it are read.
 */
import { Agent, fetch } from 'undici';
import { awakeLimit } from '../awake-timer.ts';
import { checkUrl, createConnector, isNamed, toWebError, WebError, type WaySettings } from './guarded-way.ts';

/** How something is sent. */
export interface PostSettings extends WaySettings {
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
const maxAnswerBytes = 64 * 1024;

/** An address that may be posted to (W1, P1). @throws WebError `refused` */
export function checkPostUrl(address: string, settings: WaySettings): URL {
  const url = checkUrl(address, undefined, settings);
  if (url.protocol === 'https:' || isNamed(url, settings.allow)) return url;
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
