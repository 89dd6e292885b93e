import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { WrongServerError } from './wrong-server.ts';

// What breaks off packed is read as far as it came, like what breaks off plain.
const lenient = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const lenientBrotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

/**
 * A body without its `content-encoding`s, as UTF-8. None was asked for; servers in between pack all the same, and some say so where it
 * is not so, or do not say so where it is: how it begins counts more.
 *
 * @throws WrongServerError when it is read, for one that nobody here knows
 */
export async function* unpacked(body: Readable, encoding: string | string[] | undefined): AsyncGenerator<Uint8Array> {
  const names = String(encoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > 1) throw new WrongServerError(`a body that is packed ${names.length} times (${names.join(', ')})`);
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await beginningOf(iterator);
  if (!first) return;
  const unpacker = unpackerOf(names[0], first);
  if (unpacker === undefined) {
    body.destroy();
    throw new WrongServerError(`a body that is packed as ${names[0]}`);
  }
  const pieces = all(first, iterator);
  yield* unpacker ? asUtf8(pipeline(pieces, unpacker, () => undefined) as AsyncIterable<Uint8Array>) : asUtf8(pieces);
}

/** Its first two bytes, and what came with them; null: nothing came. */
async function beginningOf(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  let first = Buffer.alloc(0);
  while (first.length < 2) {
    const { value, done } = await iterator.next();
    if (done) break;
    first = first.length === 0 ? Buffer.from(value) : Buffer.concat([first, value]);
  }
  return first.length === 0 ? null : first;
}

async function* asUtf8(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | null | undefined;
  for await (const piece of pieces) {
    // How it begins says it for all of it.
    if (decoder === undefined) decoder = decoderOf(piece);
    yield decoder ? Buffer.from(decoder.decode(piece, { stream: true })) : piece;
  }
}

// What an answer begins with is ASCII: half of its bytes are 0 in UTF-16.
function decoderOf([first, second]: Uint8Array): TextDecoder | null {
  if ((first === 0xff && second === 0xfe) || second === 0) return new TextDecoder('utf-16le');
  return (first === 0xfe && second === 0xff) || first === 0 ? new TextDecoder('utf-16be') : null;
}

async function* all(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

/** What unpacks a body; null: it is not packed, undefined: nobody knows how. */
function unpackerOf(name: string | undefined, first: Uint8Array): Transform | null | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return createGunzip(lenient);
  if (name === undefined || name === 'gzip' || name === 'x-gzip' || isPlain(first)) return null;
  if (name === 'br') return createBrotliDecompress(lenientBrotli);
  // Some servers leave out the frame that the standard asks for.
  if (name === 'deflate') return (first[0]! & 0x0f) === 0x08 ? createInflate(lenient) : createInflateRaw(lenient);
  return undefined;
}

/** Whether a body begins as nothing does that is packed: as a stream of events, JSON or a page. */
function isPlain(first: Uint8Array): boolean {
  return /^\s*(event:|data:|id:|retry:|[{[]\s*["{[]|<!?[a-z])/i.test(
    Buffer.from(first.subarray(0, 64)).toString('latin1'),
  );
}
