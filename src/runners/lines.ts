import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Longest line that is read of a program, in characters: a tool's result with a picture in it fits. */
const longestLine = 16 * 1024 * 1024;

/** Lines of a stream without their ends, the last one also where nothing ends it. One that is longer than `longest` characters is left out. */
export async function* linesOf(stream: Readable, longest = longestLine): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isTooLong = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = decoder.write(chunk).split('\n');
    for (const [index, piece] of lines.entries()) {
      if (!isTooLong) rest += piece;
      if (rest.length > longest) [rest, isTooLong] = ['', true];
      if (index === lines.length - 1) break;
      if (!isTooLong) yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
      [rest, isTooLong] = ['', false];
    }
  }
  if (!isTooLong && rest !== '') yield rest;
}

/** Reads all of a stream, so that a program never waits for us, and keeps how it ends, at most so many characters. @returns resolves with that when it has ended */
export async function tailOf(stream: Readable, most = 4000): Promise<string> {
  let tail = '';
  stream.setEncoding('utf8');
  for await (const text of stream as AsyncIterable<string>) tail = (tail + text).slice(-most);
  return tail.toWellFormed();
}
