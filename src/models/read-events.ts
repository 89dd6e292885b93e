/*
 * What comes back is told apart before it is read, by its content type and how it begins, never by what first fails to parse:
 *
 * E1 A stream of events, or JSON: one value, or one a line. A page, words and nothing at all are no answer, and named as what they are.
 * E2 Servers in between put wrong content types on bodies: a beginning that can be of one form only counts more than the type.
 */
import { Stream } from '@anthropic-ai/sdk/core/streaming';
import { parseJson } from '../domain/parse-json.ts';
import type { RawEvent } from './wire-event.ts';
import { WrongServerError } from './wrong-server.ts';

/** How much of a beginning is kept to look at, in bytes, where it is blank. */
const mostOfBeginning = 65_536;
/** Characters that tell the forms apart: as long as the longest name of a field with its colon. */
const telling = 6;

/** The events of an answer, in whichever form it comes. @throws WrongServerError when it can be no answer at all */
export async function* readEvents(response: Response): AsyncGenerator<RawEvent> {
  const type = response.headers.get('content-type')?.split(';', 1)[0]!.trim().toLowerCase() ?? '';
  if (response.status === 204 || response.status === 205) throw new WrongServerError('nothing');
  const { text, pieces } = await beginningOf(response.body as unknown as AsyncIterable<Uint8Array>);
  switch (formOf(type, text)) {
    case 'json':
      return yield* jsonEvents(pieces);
    case 'page':
      throw new WrongServerError(`a web page${titleOf(text)}`);
    case 'words':
      throw new WrongServerError(type === '' ? 'plain words' : `something else (${type})`);
    case 'events':
      return yield* streamEvents(pieces);
  }
}

// E1, E2
function formOf(type: string, beginning: string): 'json' | 'page' | 'words' | 'events' {
  const start = beginning.trimStart();
  if (start.startsWith('{') || start.startsWith('[')) return 'json';
  if (/^(:|(event|data|id|retry):)/.test(start)) return 'events';
  if (start.startsWith('<') || /^(text\/html|application\/xhtml\+xml)$/.test(type)) return 'page';
  return type === 'text/event-stream' || start === '' ? 'events' : 'words';
}

/** A page's own name, as far as its beginning has one. */
export function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(page)?.[1]!.trim().replace(/\s+/g, ' ') ?? '';
  return title === '' ? '' : ` (“${title}”)`;
}

/** How a body begins, as text, and all of it, its beginning included. */
async function beginningOf(
  body: AsyncIterable<Uint8Array>,
): Promise<{ text: string; pieces: AsyncGenerator<Uint8Array> }> {
  const iterator = body[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  const held: Uint8Array[] = [];
  let text = '';
  for (let bytes = 0; bytes < mostOfBeginning && text.trimStart().length < telling;) {
    const { value, done } = await iterator.next();
    if (done) break;
    held.push(value);
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  return { text, pieces: goOn(held, iterator) };
}

async function* goOn(held: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* held.splice(0);
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

// The last event may lack the empty line behind it: then it may have been cut, too.
async function* streamEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RawEvent> {
  let isCut = false;
  const ended = async function* (): AsyncGenerator<Uint8Array> {
    yield* pieces;
    isCut = true;
    yield Buffer.from('\n\n');
  };
  for await (const { event, data } of Stream.rawEvents({ body: ended() } as unknown as Response))
    yield { name: event, data, isCut };
}

// Whether there is one value on each line is known when the first line is here.
async function* jsonEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RawEvent> {
  let isByLine: boolean | null = null;
  let isFirst = true;
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    if (isByLine === false || !piece.includes(0x0a)) continue;
    const lines = text.split('\n');
    isByLine ??= parseJson(lines.find((line) => line.trim() !== '')!) !== undefined;
    if (!isByLine) continue;
    text = lines.pop()!;
    for (const data of lines.filter((line) => line.trim() !== '')) {
      yield { name: null, data, isBody: isFirst };
      isFirst = false;
    }
  }
  text += decoder.decode();
  if (text.trim() !== '') yield { name: null, data: text, isBody: isFirst };
}
