import { inflateRawSync } from 'node:zlib';

/**
 * The bytes of the one file in a zip whose name `matches`; undefined when there is none.
 *
 * Reads the central directory, without Zip64 and encryption: a wheel of known hash needs no more.
 *
 * @throws Error when the bytes are no such zip
 */
export function readZipEntry(zip: Buffer, matches: (name: string) => boolean): Buffer | undefined {
  // The end record is 22 bytes and a comment of at most 64 kB.
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end < zip.length - 22 - 0xffff) throw new Error('not a zip file');
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let entry = 0; entry < entries; entry++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('the zip directory is broken');
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (matches(name)) return unpack(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

function unpack(zip: Buffer, directoryEntry: number): Buffer {
  const method = zip.readUInt16LE(directoryEntry + 10);
  const packedSize = zip.readUInt32LE(directoryEntry + 20);
  const size = zip.readUInt32LE(directoryEntry + 24);
  const header = zip.readUInt32LE(directoryEntry + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + packedSize);
  if (method !== 0 && method !== 8) throw new Error(`the zip is packed in an unknown way (${method})`);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: size });
  if (content.length !== size) throw new Error('the zip is cut short');
  return content;
}
