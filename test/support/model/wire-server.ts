import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '../../../src/domain/conversation/conversation.ts';

/** How one request is answered, down to the bytes. */
export type WireAnswer = (response: ServerResponse) => void | Promise<void>;

/** A server that answers as other servers do, in whatever form. */
export interface WireServer {
  url: string;
  /** Conversations that it was asked with, as they were sent. */
  readonly asked: Message[][];
  answerWith(answer: (messages: Message[]) => WireAnswer): void;
  close(): Promise<void>;
}

/** Starts a {@link WireServer} on this machine. */
export async function startWireServer(): Promise<WireServer> {
  const asked: Message[][] = [];
  let answer: (messages: Message[]) => WireAnswer = () => (response) => void response.end();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(pieces).toString()) as { messages: Message[] };
      asked.push(messages);
      void answer(messages)(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answerWith: (next) => (answer = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A whole body under a status and headers. */
export function body(text: string | Uint8Array, headers: Record<string, string>, status = 200): WireAnswer {
  return (response) => void response.writeHead(status, headers).end(text);
}

/** A body of JSON. */
export function json(value: unknown, status = 200): WireAnswer {
  return body(JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8' }, status);
}

/** A stream of events. */
export function events(text: string | Uint8Array): WireAnswer {
  return body(text, { 'content-type': 'text/event-stream' });
}
