import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { IncomingHttpHeaders } from 'node:http';
import type { Desk } from './desk.ts';
import type { LiveCall } from './live-call.ts';

/** How another gateway is reached. */
export interface Peer {
  socket: string | null;
  url: string | null;
  host: string;
}

/** A request as another gateway is asked it. */
export interface Forwarded {
  path: string;
  request: { headers: IncomingHttpHeaders; body: Buffer };
}

/** How long one is left alone that did not answer, in ms: it is back by then, or dead. */
const pauseMs = 500;

/**
 * Has an answer from the gateway that is making the call.
 *
 * @returns whether there is one: else it was not reached, and may have died
 */
export async function forward(desk: Desk, peer: Peer, asked: Forwarded, live: LiveCall): Promise<boolean> {
  const isHere = peer.socket !== null && peer.host === desk.self.host;
  if (!isHere && peer.url === null) {
    await sleep(pauseMs);
    return false;
  }
  const dispatcher = new Agent(isHere ? { connect: { socketPath: peer.socket! } } : {});
  try {
    const { headers, body } = asked.request;
    const answer = await request(`${isHere ? 'http://gateway' : peer.url}${asked.path}`, {
      ...{ dispatcher, method: 'POST', body, headersTimeout: 0, bodyTimeout: 0 },
      headers: passed(headers),
    });
    const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...rest } = answer.headers;
    live.begin({ status: answer.statusCode, headers: rest });
    for await (const piece of answer.body as AsyncIterable<Buffer>) live.push(piece);
    live.close(true);
    return true;
  } catch {
    if (live.hasBegun) live.close(false);
    else await sleep(pauseMs);
    return live.hasBegun;
  } finally {
    await dispatcher.close();
  }
}

// Of this connection alone.
const ownHeaders = new Set(['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive', 'expect']);

function passed(headers: IncomingHttpHeaders): Record<string, string> {
  const named = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !ownHeaders.has(entry[0]),
  );
  return Object.fromEntries(named);
}
