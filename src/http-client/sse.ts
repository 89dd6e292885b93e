/** A message of a stream of events. */
export interface SseMessage {
  /** Empty: it has none of its own. */
  event: string;
  data: string;
  /** The last id that the stream said. */
  id: string;
}

/** Most characters of a message: events have at most 8 kB, so this is no stream of ours. */
const longest = 1_048_576;

/** Takes a stream of events apart (WHATWG HTML, 9.2.6), however it was cut into chunks. What is not whole at its end says nothing. */
export class SseParser {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #data: string[] = [];
  #size = 0;
  #event = '';
  #id = '';

  /** @returns the messages that are whole with it. @throws RangeError when one is far too long */
  feed(chunk: Uint8Array): SseMessage[] {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true });
    // A CR at the end may be half of a line break.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    const found = lines.flatMap((line) => this.#take(line));
    if (this.#size + this.#rest.length > longest) throw new RangeError('a message of the stream has no end');
    return found;
  }

  #take(line: string): SseMessage[] {
    if (line === '') return this.#whole();
    const [field, value] = split(line);
    if (field === 'data') {
      this.#data.push(value);
      // Its line break is kept too: a line without a text is not for nothing.
      this.#size += value.length + 1;
    } else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return [];
  }

  #whole(): SseMessage[] {
    const [event, data] = [this.#event, this.#data];
    this.#event = '';
    this.#data = [];
    this.#size = 0;
    return data.length === 0 ? [] : [{ event, data: data.join('\n'), id: this.#id }];
  }
}

function split(line: string): [string, string] {
  const at = line.indexOf(':');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
}
