import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { WrongServerError } from './wrong-server.ts';

// What breaks off packed is read as far as it came, like what breaks off plain.
const lenient = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const lenientBrotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

/**
 * A body without its `content-encoding`s. None was asked for; servers in between pack all the same.
 *
 * @throws WrongServerError when it is read, for one that nobody here knows
 */
export async function* unpacked(body: Readable, encoding: string | string[] | undefined): AsyncGenerator<Uint8Array> {
  const names = String(encoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length === 0) return yield* body as AsyncIterable<Uint8Array>;
  if (names.length > 1) throw new WrongServerError(`a body that is packed ${names.length} times (${names.join(', ')})`);
  let first: Uint8Array | null = null;
  const iterator = body[Symbol.asyncIterator]();
  const begun = await iterator.next();
  if (!begun.done) first = begun.value as Uint8Array;
  if (!first) return;
  const unpacker = unpackerOf(names[0]!, first);
  if (!unpacker) {
    body.destroy();
    throw new WrongServerError(`a body that is packed as ${names[0]}`);
  }
  yield* pipeline(all(first, iterator), unpacker, () => undefined) as AsyncIterable<Uint8Array>;
}

async function* all(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

function unpackerOf(name: string, first: Uint8Array): Transform | null {
  if (name === 'gzip' || name === 'x-gzip') return createGunzip(lenient);
  if (name === 'br') return createBrotliDecompress(lenientBrotli);
  // Some servers leave out the frame that the standard asks for.
  if (name === 'deflate') return (first[0]! & 0x0f) === 0x08 ? createInflate(lenient) : createInflateRaw(lenient);
  return null;
}
