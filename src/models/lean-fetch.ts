import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent, request } from 'undici';
import { isLoopback } from '../domain/loopback.ts';
import { boundedPieces, boundedText } from './bounded-body.ts';
import { unpacked } from './unpack-body.ts';

/** Where requests go: to the host of `url`, or to whoever listens on the Unix socket of that path. */
export interface Way {
  url: string;
  socket?: string;
}

/**
 * A `fetch` for the SDK that is made of `undici.request`.
 *
 * The built-in one takes two thirds of a call's CPU for web streams and header objects that nobody looks at
 * (0.8 of 1.1 ms; docs/decisions/0004-model-client.md). It serves what the SDK asks of a response: status, headers, text, and a body
 * that can be iterated, all of them bounded, as they are unpacked. Bodies are strings; redirects are not followed, so that the key goes nowhere else.
 *
 * @param timeouts longest silence before the headers, and between two pieces of the body
 */
export function createLeanFetch(
  way: Way,
  { firstByteTimeoutMs, idleTimeoutMs }: { firstByteTimeoutMs: number; idleTimeoutMs: number },
): typeof fetch {
  const dispatcher = createDispatcher(way);
  const timeouts = { headersTimeout: firstByteTimeoutMs, bodyTimeout: idleTimeoutMs };
  const leanFetch = async (url: string, init: RequestInit): Promise<unknown> => {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      ...timeouts,
      method: init.method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(init.headers as Headers),
      body: init.body as string,
      signal: init.signal ?? null,
    });
    const pieces = unpacked(body, headers['content-encoding']);
    return {
      url,
      ok: statusCode >= 200 && statusCode < 300,
      status: statusCode,
      headers: toHeaders(headers),
      body: boundedPieces(pieces),
      text: () => boundedText(pieces),
      json: async () => JSON.parse(await boundedText(pieces)) as unknown,
    };
  };
  return leanFetch as unknown as typeof fetch;
}

// Connections stay open between two turns of an agent: a new one costs a TLS handshake.
const connection = { keepAliveTimeout: 30_000, connect: { timeout: 10_000 } };

/** Connections to one address, or to one socket, which are kept. */
export function createDispatcher({ url, socket }: Way): Dispatcher {
  if (socket !== undefined) return new Agent({ ...connection, connect: { ...connection.connect, socketPath: socket } });
  // A company's proxy cannot reach a model on this machine.
  return isLoopback(new URL(url).hostname) ? new Agent(connection) : new EnvHttpProxyAgent(connection);
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw))
    if (value !== undefined) headers.set(name, [value].flat().join(', '));
  return headers;
}
