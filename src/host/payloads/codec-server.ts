import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isSameSecret } from '../front/is-same-secret.ts';
import type { Payload, PayloadCodec } from './payload-box.ts';
import { PayloadKeyError } from './payload-keys.ts';

/*
 * Temporal's protocol of remote codecs, for the Web UI and `temporal`: whoever is let in can have payloads opened. So:
 * O1 It asks for a token, as the first part of the path or as a bearer: other accounts of the machine reach the port, too.
 * O2 A page in a browser is let in from the Web UI's own origins only, told by Origin; others are told nothing that they could read.
 * O3 Only its own names count as Host, so that no page gets in by a name that it had lead here (DNS rebinding).
 * O4 What cannot be opened is given back as it is: the page shows the rest.
 */

/** What a codec server answers to. */
export interface CodecDoor {
  codec: PayloadCodec;
  token: string;
  /** Origins of the Web UI: `https://temporal.example.org`. */
  origins: readonly string[];
  /** Names that it is asked by, without a port. */
  hosts: readonly string[];
}

const mostBytes = 16 * 1024 * 1024;
const ways = ['/encode', '/decode'] as const;
const methods = 'POST, OPTIONS';

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A server that opens and encrypts payloads for those who may. It listens on nothing yet. */
export function createCodecServer(door: CodecDoor): Server {
  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    answer(door, request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500;
      const message = error instanceof Refusal ? error.message : 'the payloads cannot be read';
      if (!response.headersSent)
        response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(JSON.stringify({ message }));
    });
  });
}

async function answer(door: CodecDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  checkPlace(door, request, response);
  const { token, way } = readPath(request);
  // A browser asks first without saying who it is.
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  if (!isSameSecret(token ?? bearerOf(request) ?? '', door.token))
    throw new Refusal(401, 'the token is missing or wrong');
  if (way === undefined) throw new Refusal(404, `there are ${ways.join(' and ')}`);
  if (request.method !== 'POST') throw new Refusal(405, `only ${methods}`);
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'only application/json');
  }
  const payloads = toPayloads(await readBody(request));
  const done = await (way === '/encode' ? door.codec.encode(payloads) : decode(door.codec, payloads));
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ payloads: done.map(toJson) }));
}

// O2, O3
function checkPlace({ hosts, origins }: CodecDoor, { headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Vary', 'Origin');
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!hosts.includes(host)) throw new Refusal(403, 'this name is not one of --name');
  const { origin } = headers;
  if (origin === undefined) {
    // Browsers name the origin of whatever could be read by another; what they send without is nobody's question.
    if (headers['sec-fetch-mode'] !== undefined) throw new Refusal(403, 'only the Web UI may ask from a browser');
    return;
  }
  if (!origins.includes(origin)) throw new Refusal(403, 'this origin is not one of --ui');
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Allow-Methods', methods);
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Namespace');
  response.setHeader('Access-Control-Allow-Private-Network', 'true');
}

function readPath({ url = '' }: IncomingMessage): {
  token: string | undefined;
  way: (typeof ways)[number] | undefined;
} {
  const path = url.replace(/\?.*$/, '');
  const way = ways.find((one) => path.endsWith(one));
  const [, token] = (way === undefined ? path : path.slice(0, -way.length)).split('/');
  return { token: token || undefined, way };
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

// O4, one by one: the others are to be seen.
async function decode(codec: PayloadCodec, payloads: Payload[]): Promise<Payload[]> {
  const each = payloads.map((payload) =>
    codec.decode([payload]).catch((error: unknown) => {
      if (error instanceof PayloadKeyError) return [payload];
      throw error;
    }),
  );
  return (await Promise.all(each)).flat();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Refusal(413, `at most ${mostBytes / 1024 / 1024} MB at once`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** From the JSON of protocol buffers: bytes are base64. */
function toPayloads(text: string): Payload[] {
  const wrong = new Refusal(400, 'the body is not {"payloads": [{"metadata": {"encoding": BASE64}, "data": BASE64}]}');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw wrong;
  }
  const list = isObject(body) ? (body['payloads'] ?? []) : null;
  if (!Array.isArray(list)) throw wrong;
  return list.map((each: unknown) => {
    if (!isObject(each)) throw wrong;
    const { metadata = {}, data = '' } = each;
    if (!isObject(metadata) || typeof data !== 'string') throw wrong;
    const entries = Object.entries(metadata).map(([name, value]) => {
      if (typeof value !== 'string') throw wrong;
      return [name, Buffer.from(value, 'base64')] as const;
    });
    return { metadata: Object.fromEntries(entries), data: Buffer.from(data, 'base64') };
  });
}

function toJson({ metadata, data }: Payload): object {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(entries) as unknown, data: Buffer.from(data ?? []).toString('base64') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
