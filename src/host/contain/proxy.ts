/*
 * The proxy by which a contained program reaches what it may, and nothing else:
 * X1 A host must be allowed by its name, before anybody is asked for its address (allowed-hosts.ts). Each request is told, allowed or not.
 * X2 Its addresses must be public, before and after connecting (W2, W3 of web/guarded-way.ts), so that no name leads into this machine's network.
 * X3 What goes through is not looked into: a host that serves many names may be told another one in there.
 */
import type { LookupAddress } from 'node:dns';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createConnector } from '../web/guarded-way.ts';
import { isAllowedTarget, parseTarget, type Target } from './allowed-hosts.ts';

/** A request to go somewhere, as it is told. */
export interface ProxiedLine extends Target {
  allowed: boolean;
}

/** Where a program may go. */
export interface ProxySettings {
  /** As in {@link isAllowedTarget}. */
  hosts: readonly string[];
  /** `host:port` pairs that can be reached although they are not public. */
  allow: readonly string[];
  resolve?: (host: string) => Promise<LookupAddress[]>;
  onProxied?: ((line: ProxiedLine) => void) | undefined;
}

/** More than a program with a browser's habits opens. */
const mostConnections = 256;

/** Headers that are between a program and its proxy. */
const ownHeaders = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'upgrade'];

/** A proxy that does not listen yet: `CONNECT`, and plain requests with a whole address. */
export function createProxy(settings: ProxySettings): Server {
  const server = createServer((incoming, response) => void pass(incoming, response, settings));
  server.on('connect', (incoming, socket, head) => void tunnel(incoming, { socket, head }, settings));
  server.maxConnections = mostConnections;
  return server;
}

async function tunnel(
  incoming: IncomingMessage,
  { socket, head }: { socket: Duplex; head: Buffer },
  settings: ProxySettings,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const way = await reach(parseTarget(incoming.url), settings);
    const end = (): void => void (socket.destroy(), way.destroy());
    way.on('error', end).on('close', end);
    socket.on('close', end);
    if (socket.destroyed) return end();
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    way.write(head);
    socket.pipe(way).pipe(socket);
  } catch (error) {
    const { status, message } = refusalOf(error);
    const text = `${message}\n`;
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  }
}

async function pass(incoming: IncomingMessage, response: ServerResponse, settings: ProxySettings): Promise<void> {
  try {
    const url = URL.canParse(incoming.url ?? '') ? new URL(incoming.url!) : null;
    const isPlain = url?.protocol === 'http:' && url.username === '' && url.password === '';
    const way = await reach(isPlain ? parseTarget(`${url.hostname}:${url.port || 80}`) : null, settings);
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !ownHeaders.includes(name)));
    const outgoing = request({
      ...{ method: incoming.method, path: `${url!.pathname}${url!.search}`, headers: { ...headers, host: url!.host } },
      createConnection: () => way,
    });
    const end = (): void => void (response.destroy(), way.destroy());
    outgoing.on('error', end).once('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.on('error', end).pipe(response);
    });
    response.on('close', end);
    incoming.on('error', end).pipe(outgoing);
  } catch (error) {
    const { status, message } = refusalOf(error);
    response.writeHead(Number(status.split(' ')[0]), { 'content-type': 'text/plain' }).end(`${message}\n`);
  }
}

/** A program may not go there. */
class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
}

/** A connection to what may be reached (X1, X2). @throws ProxyRefusal; WebError */
async function reach(target: Target | null, { hosts, allow, resolve, onProxied }: ProxySettings): Promise<Socket> {
  if (target === null) throw new ProxyRefusal('that is no address of the form HOST:PORT or http://HOST/PATH');
  const allowed = isAllowedTarget(hosts, target);
  onProxied?.({ ...target, allowed });
  if (!allowed)
    throw new ProxyRefusal(`${target.host}:${target.port} is not among the hosts that this agent may reach`);
  const connect = createConnector({ allow, ...(resolve && { resolve }) });
  return new Promise((done, fail) => {
    const { host, port } = target;
    // Nothing is said on the way by us: what is encrypted stays so, from end to end.
    connect({ hostname: host, host, protocol: 'http:', port: String(port) }, (error, socket) =>
      socket ? done(socket as Socket) : fail(error!),
    );
  });
}

function refusalOf(error: unknown): { status: string; message: string } {
  const { message } = error as Error;
  return { status: error instanceof ProxyRefusal ? '403 Forbidden' : '502 Bad Gateway', message };
}
