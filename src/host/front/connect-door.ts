import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { frontedName } from '../../domain/temporal-target.ts';
import { isSameSecret } from './is-same-secret.ts';
import { credentialsOf } from './knock-line.ts';

// Who knocks says what he wants at once: so many silent ones are somebody who wants to keep others out.
const mostSilent = 100;

/** A way in to one server, by HTTP CONNECT with a password. */
export interface Door {
  password: string;
  /** A new connection to what is behind the door. */
  open: () => Socket;
  /** What is said to it first, whose answer is for who came; without it, the door answers by itself. */
  greeting?: string;
  /** What else may be asked for here; without it, nothing. */
  answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** How long a connection may take to say what it wants, in ms; 10 s. */
  patienceMs?: number;
}

/** The server that stands in that door. It listens on nothing yet, and takes connections that are given to it. */
export function createDoor(door: Door): Server {
  const credentials = credentialsOf(door.password);
  const refuseAll = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(404).end();
  const server = createServer({ requestTimeout: 0 }, door.answer ?? refuseAll);
  limitSilence(server, door.patienceMs ?? 10_000);
  server.on('connect', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket;
    socket.on('error', () => socket.destroy());
    const refuse = (line: string): void => {
      socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
    };
    if (!isSameSecret(request.headers['proxy-authorization'] ?? '', credentials)) {
      return refuse('407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="gaffer"');
    }
    if (request.url !== frontedName) return refuse('403 Forbidden');
    join(socket, head, door);
  });
  server.on('upgrade', (_request, socket: Duplex) => socket.destroy());
  server.on('clientError', (_error, socket: Duplex) => socket.destroy());
  return server;
}

function join(socket: Socket, head: Buffer, { open, greeting }: Door): void {
  const behind = open();
  const end = (): void => {
    socket.destroySoon();
    behind.destroySoon();
  };
  socket.setNoDelay(true);
  behind.once('connect', () => {
    if (greeting === undefined) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    else behind.write(greeting);
    if (head.length > 0) behind.write(head);
    socket.pipe(behind).pipe(socket);
  });
  behind.on('error', end).on('close', end);
  socket.on('error', end).on('close', end);
}

/**
 * Ends connections that ask for nothing in time, at first or between two requests; of too many, the one that has been silent longest.
 *
 * Node's own limits count for servers that listen, and this one is given its connections.
 */
function limitSilence(server: Server, patienceMs: number): void {
  const waiting = new Map<Socket, NodeJS.Timeout>();
  const stop = (socket: Socket): void => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  const start = (socket: Socket): void => {
    stop(socket);
    if (!socket.destroyed) waiting.set(socket, setTimeout(() => socket.destroy(), patienceMs).unref());
    const [longest] = waiting.keys();
    if (waiting.size > mostSilent) longest?.destroy();
  };
  server.on('connection', (socket: Socket) => {
    start(socket);
    socket.once('close', () => stop(socket));
  });
  server.prependListener('connect', ({ socket }: IncomingMessage) => stop(socket));
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    stop(socket);
    response.once('close', () => start(socket));
  });
}
