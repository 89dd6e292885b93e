/*
 * What another gateway is asked that makes a call:
 * F1 It is waited for as long as it lives (gateway/peers.ts): one that stands still is given up when it is dead, and its call taken over.
 * F2 One that lives and cannot be reached is asked again until the call has ended there, and its answer is in the database.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { IncomingHttpHeaders } from 'node:http';
import type { Holder } from '../../store/gateway/gateways.ts';
import type { Desk } from './desk.ts';
import type { LiveCall } from './live-call.ts';
import type { Provider } from './provider.ts';

/** A request as another gateway is asked it. */
interface Forwarded {
  path: string;
  provider: Pick<Provider, 'totalTimeoutMs'>;
  request: { headers: IncomingHttpHeaders; body: Buffer };
}

/** How long one is left alone that did not answer, in ms: it is back by then, or dead. */
const pauseMs = 500;
const connectWithinMs = 5000;
/** How long it has to hear that a call is given up, in ms: less than the worker waits. */
const heardWithinMs = 1500;

/**
 * Has an answer from the gateway that is making the call.
 *
 * @returns whether there is one: else it was not reached, and may have died
 * @throws the signal's reason when aborted
 */
export async function forward(
  desk: Desk,
  holder: Holder,
  { path, request: asked, provider }: Forwarded,
  { live, signal }: { live: LiveCall; signal: AbortSignal },
): Promise<boolean> {
  const way = wayTo(desk, holder);
  if (!way) return leaveAlone(signal);
  const { dispatcher, base } = way;
  try {
    // No call takes longer there, and one that waits for its run may be asked for again.
    const timeouts = { headersTimeout: provider.totalTimeoutMs, bodyTimeout: provider.totalTimeoutMs };
    const answer = await request(`${base}${path}`, {
      ...{ dispatcher, method: 'POST', body: asked.body, headers: passed(asked.headers), ...timeouts },
      signal: AbortSignal.any([signal, desk.peers.signalOf(holder.gateway)]), // F1
    });
    const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...rest } = answer.headers;
    live.begin({ status: answer.statusCode, headers: rest });
    for await (const piece of answer.body as AsyncIterable<Buffer>) live.push(piece);
    live.close(true);
    return true;
  } catch {
    // Whatever went wrong on the way: where the call stands is asked of the database (F2).
    if (live.hasBegun) live.close(false);
    return live.hasBegun || (await leaveAlone(signal));
  } finally {
    await dispatcher.destroy();
  }
}

/** Tells the gateway that makes a call that it is given up. @returns whether it has heard that */
export async function passGivingUp(
  desk: Desk,
  holder: Holder,
  { path, headers }: { path: string; headers: IncomingHttpHeaders },
): Promise<boolean> {
  const way = wayTo(desk, holder);
  if (!way) return false;
  const { dispatcher, base } = way;
  try {
    const signal = AbortSignal.timeout(heardWithinMs);
    const answer = await request(`${base}${path}`, {
      ...{ dispatcher, method: 'DELETE', headers: passed(headers), signal },
    });
    await answer.body.dump();
    return answer.statusCode === 204;
  } catch {
    return false;
  } finally {
    await dispatcher.destroy();
  }
}

async function leaveAlone(signal: AbortSignal): Promise<false> {
  await sleep(pauseMs, undefined, { signal });
  return false;
}

/** How it is reached; null: from elsewhere alone. */
function wayTo({ self }: Desk, { socket, url, host }: Holder): { dispatcher: Agent; base: string } | null {
  const timeout = connectWithinMs;
  if (socket !== null && host === self.machine)
    return { dispatcher: new Agent({ connect: { socketPath: socket, timeout } }), base: 'http://gateway' };
  // The address of one's own machine is another one's from elsewhere, or one's own.
  if (url === null || (isLocal(url) && host !== self.machine)) return null;
  return { dispatcher: new Agent({ connect: { timeout } }), base: url };
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(?:localhost|127\..*|0\.0\.0\.0|\[::1?\]|\[::ffff:7f.*\])$/.test(hostname);
}

// Of this connection alone.
const ownHeaders = new Set(['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive', 'expect']);

function passed(headers: IncomingHttpHeaders): Record<string, string> {
  const named = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !ownHeaders.has(entry[0]),
  );
  return Object.fromEntries(named);
}
