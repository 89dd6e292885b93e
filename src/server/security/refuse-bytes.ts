import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ProblemError } from '../problem.ts';

/** How long who was refused may go on sending until the connection is cut, in ms. */
const graceMs = 2000;

/** By the code that Node's parser gives; any other is not HTTP. */
const refusals: Readonly<Record<string, ProblemError>> = {
  HPE_HEADER_OVERFLOW: new ProblemError(431, {
    code: 'headers-too-large',
    detail: 'address and headers together are longer than 16 kB.',
  }),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new ProblemError(413, {
    code: 'body-too-large',
    detail: 'the extensions of its chunks are too long.',
  }),
  ERR_HTTP_REQUEST_TIMEOUT: new ProblemError(408, { code: 'too-slow', detail: 'the call did not come in time.' }),
};
const unreadable = new ProblemError(400, { code: 'not-http', detail: 'what came is no HTTP.' });

/**
 * Says no to what never becomes a call. The connection is not closed under a caller who still sends: it would be reset, and the answer lost.
 * For `clientError` of a server.
 */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  // What comes behind it is an error again.
  if (socket.writableEnded) return;
  const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: ServerResponse | null };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) return void socket.destroy();
  const { problem } = refusals[error.code ?? ''] ?? unreadable;
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    ...['Content-Type: application/problem+json', `Content-Length: ${Buffer.byteLength(body)}`],
    ...['Cache-Control: no-store', 'X-Content-Type-Options: nosniff', 'Connection: close'],
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const grace = setTimeout(() => socket.destroy(), graceMs).unref();
  socket.once('close', () => clearTimeout(grace));
}
