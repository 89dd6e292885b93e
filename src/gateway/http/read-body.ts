import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** Longest request, in bytes: what providers take. */
export const mostBodyBytes = 32 * 1024 * 1024;

/** The body of a request, as it came. @throws Refusal when it is longer than any can be, comes packed, or does not come to its end */
export async function readBody(request: IncomingMessage, most = mostBodyBytes): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new Refusal('bad-request', `content-encoding ${encoding}: requests come as they are, not packed`);
  const pieces: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const cutOff = (): void => reject(new Refusal('bad-request', 'the request did not come to its end'));
    request.once('end', resolve).once('error', cutOff);
    request.once('close', () => request.readableEnded || cutOff());
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= most) return void pieces.push(piece);
      request.pause();
      reject(tooLarge(most));
    });
    if (request.destroyed) cutOff();
  });
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
}

function tooLarge(most: number): Refusal {
  return new Refusal('too-large', `the request is longer than ${most / 1024 / 1024} MB`);
}
