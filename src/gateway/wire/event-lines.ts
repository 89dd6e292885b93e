import { StringDecoder } from 'node:string_decoder';

/** Longest event that is read, in characters: what is longer says nothing that is looked for here. */
const mostOfEvent = 16_000_000;

/** Takes a stream of events apart, piece by piece, without reading what is in them. */
export class EventLines {
  private readonly decoder = new StringDecoder('utf8');
  private readonly take: (name: string | null, data: string) => void;
  private rest = '';
  private name: string | null = null;
  private data: string | null = null;

  constructor(take: (name: string | null, data: string) => void) {
    this.take = take;
  }

  push(piece: Uint8Array): void {
    const text = this.rest + this.decoder.write(piece as Buffer);
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.line(text.slice(from, text.charCodeAt(to - 1) === 0x0d ? to - 1 : to));
      from = to + 1;
    }
    this.rest = text.length - from > mostOfEvent ? '' : text.slice(from);
  }

  /** The last event may lack the empty line behind it. */
  end(): void {
    this.line(this.rest);
    this.line('');
  }

  private line(line: string): void {
    if (line === '') return this.dispatch();
    if (line.startsWith('data:')) {
      const data = line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5);
      this.data = this.data === null ? data : `${this.data}\n${data}`;
    } else if (line.startsWith('event:')) {
      this.name = line.slice(6).trim();
    }
  }

  private dispatch(): void {
    const { name, data } = this;
    this.name = null;
    this.data = null;
    if (data !== null) this.take(name, data);
  }
}
