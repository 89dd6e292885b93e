import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came to the provider. */
interface Asked {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** How it answers one. */
export type Answering = (response: ServerResponse, asked: Asked) => void | Promise<void>;

/** A provider on this machine that answers as it is told, and keeps a log of what it asks money for. */
export interface TestProvider {
  url: string;
  readonly asked: Asked[];
  /** What it counted of the calls that it answered to their end, or cut off. */
  readonly billed: { input: number; output: number }[];
  answerWith(answering: Answering): void;
  close(): Promise<void>;
}

/** Starts a {@link TestProvider}. */
export async function startProvider(): Promise<TestProvider> {
  const asked: Asked[] = [];
  let answering: Answering = (response) => void response.end();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const one = { url: request.url!, headers: request.headers, body: Buffer.concat(pieces).toString() };
      asked.push(one);
      void answering(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    billed: [],
    answerWith: (next) => (answering = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An answer of the Messages API as a stream, in its events. */
export function messageEvents(text: string, { input = 100, output = 20 } = {}): string[] {
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const usage = { input_tokens: input, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage };
  return [
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...text
      .split(/(?<= )/)
      .map((words) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: words } })),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } }),
    event('message_stop', {}),
  ];
}

/** Streams such an answer at once. */
export function streaming(text: string, counts: { input?: number; output?: number } = {}): Answering {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1' });
    response.end(messageEvents(text, counts).join(''));
  };
}
