import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { maxOutputBytes } from '../../host/output-limit.ts';
import type { FilePlace } from './file-place.ts';
import { openPath } from './file-place.ts';
import { JailError, openFile, openFolder } from '../../host/jail/open-folder.ts';

const chunkBytes = 256 * 1024;
const maxScannedBytes = 64 * 1024 * 1024;
const maxLineCharacters = 8000;
const noteBytes = 200;

/**
 * Lines of a text file as they stand, from line `offset` (1 is the first) on, at most `limit` and at most 32 KB;
 * what is left out is said at the end.
 *
 * @throws JailError
 */
export async function readLines(
  place: FilePlace,
  file: string,
  { offset, limit }: { offset: number; limit: number },
  signal: AbortSignal,
): Promise<string> {
  const { root, parts } = await openPath(place, file);
  const name = parts.at(-1);
  if (name === undefined) throw new JailError('wrong-type', '"." is a folder: use list');
  const folder = await openFolder(root, parts.slice(0, -1));
  try {
    const handle = await openFile(folder, name, constants.O_RDONLY);
    try {
      return await readFrom(handle, offset, limit, signal);
    } finally {
      await handle.close();
    }
  } finally {
    await folder.handle.close();
  }
}

async function readFrom(handle: FileHandle, offset: number, limit: number, signal: AbortSignal): Promise<string> {
  const { size } = await handle.stat();
  const window = new LineWindow(offset, limit);
  for await (const text of chunks(handle, size, signal)) {
    window.add(text);
    if (window.isFull) break;
  }
  return window.finish(size);
}

async function* chunks(handle: FileHandle, size: number, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(size, 4096)));
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    const bytes = buffer.subarray(0, bytesRead);
    position += bytesRead;
    if (position > maxScannedBytes)
      throw new JailError('wrong-type', 'the lines asked for lie beyond 64 MB: use bash with sed or tail');
    yield decode(decoder, bytes, bytesRead > 0);
    if (bytesRead === 0) return;
  }
}

function decode(decoder: TextDecoder, bytes: Buffer, stream: boolean): string {
  try {
    if (!bytes.includes(0)) return decoder.decode(bytes, { stream });
  } catch {
    // Falls through to the one answer for both.
  }
  throw new JailError('wrong-type', 'the file is not UTF-8 text');
}

/** Takes text piece by piece and keeps the lines that were asked for. */
class LineWindow {
  private line = 1;
  private kept = '';
  private keptBytes = 0;
  private keptLines = 0;
  private current = '';
  private currentLength = 0;
  private readonly first: number;
  private readonly limit: number;
  isFull = false;

  constructor(first: number, limit: number) {
    this.first = first;
    this.limit = limit;
  }

  add(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1 && !this.isFull; end = text.indexOf('\n', from)) {
      this.extend(text, from, end + 1);
      this.endLine();
      from = end + 1;
    }
    if (!this.isFull) this.extend(text, from, text.length);
  }

  private extend(text: string, from: number, to: number): void {
    this.currentLength += to - from;
    if (this.line < this.first) return;
    const room = maxLineCharacters - this.current.length;
    if (room > 0) this.current += text.slice(from, Math.min(to, from + room));
  }

  private endLine(): void {
    const cut = this.currentLength - this.current.length;
    const isWanted = this.line >= this.first;
    const text = cut > 0 && isWanted ? `${this.current}[… ${cut} characters more in this line]\n` : this.current;
    const bytes = Buffer.byteLength(text);
    if (isWanted && (this.keptLines >= this.limit || this.keptBytes + bytes > maxOutputBytes - noteBytes)) {
      this.isFull = true;
      return;
    }
    this.current = '';
    this.currentLength = 0;
    this.line++;
    if (!isWanted) return;
    this.kept += text;
    this.keptBytes += bytes;
    this.keptLines++;
  }

  finish(size: number): string {
    if (!this.isFull && this.currentLength > 0) this.endLine();
    if (this.isFull) {
      const last = this.first + this.keptLines - 1;
      const end = this.kept === '' || this.kept.endsWith('\n') ? '' : '\n';
      return `${this.kept}${end}[shortened: lines ${this.first}-${last} of a file of ${size} bytes; go on with offset ${last + 1}]`;
    }
    if (this.keptLines > 0) return this.kept;
    return size === 0 ? '[the file is empty]' : `[the file has only ${this.line - 1} lines]`;
  }
}
