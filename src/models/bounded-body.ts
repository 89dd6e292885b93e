import { endless, WrongServerError } from './wrong-server.ts';

/** Longest body of a response, and longest line of it, in bytes: many times what the longest answer takes. */
const mostBytes = 64_000_000;
const mostOfLine = 16_000_000;
/** Longest body that is read as one text, as errors are. */
const mostOfText = 1_000_000;

const newline = 0x0a;

/** The pieces of a body, as far as it is no longer than an answer can be. @throws WrongServerError */
export async function* boundedPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let ofLine = 0;
  for await (const piece of body) {
    bytes += piece.length;
    const lastBreak = piece.lastIndexOf(newline);
    ofLine = lastBreak < 0 ? ofLine + piece.length : piece.length - lastBreak - 1;
    if (bytes > mostBytes || ofLine > mostOfLine) throw new WrongServerError(endless);
    yield piece;
  }
}

/** A body as one text; what is behind its first megabyte is not read. */
export async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > mostOfText) break;
  }
  return Buffer.concat(pieces).subarray(0, mostOfText).toString();
}
