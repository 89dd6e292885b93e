import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { spokenWire } from './place.ts';
import { Refusal, toRefusalAnswer } from './refusal.ts';

/** What cannot be read as HTTP: its status, and why, in words; by the parser's code. All others are 400. */
const reasons: Readonly<Record<string, [status: string, why: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the head of the request is too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not come to its end in time'],
};

/** Answers what is no HTTP, in the words of the provider whose wire its first line names, as far as nothing is being answered. */
export class Malformed {
  readonly #answering = new WeakMap<Duplex, ServerResponse>();

  /** Notes what is being answered on a connection. */
  note({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#answering.set(socket, response);
  }

  /** As an HTTP server tells it: `clientError`. */
  answer(error: Error & { code?: string; rawPacket?: Buffer }, socket: Duplex): void {
    const before = this.#answering.get(socket);
    // Amidst an answer it would be taken for a part of it.
    if (!socket.writable || (before?.headersSent && !before.writableFinished)) return void socket.destroy(error);
    const [status, why] = reasons[error.code ?? ''] ?? ['400 Bad Request', 'the request is no HTTP'];
    const [, target] = /^\S{1,20} (\S{1,4000})/.exec(error.rawPacket?.toString('latin1') ?? '') ?? [];
    const wire = spokenWire(before?.req.url ?? target ?? '');
    const { headers, body } = toRefusalAnswer(new Refusal('bad-request', why), wire);
    const lines = Object.entries({ ...headers, connection: 'close' }).map(
      ([name, value]) => `${name}: ${String(value)}`,
    );
    socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`), body]));
  }
}
