import { StringDecoder } from 'node:string_decoder';

/** Longest event that is read, in characters: what is longer says nothing that is looked for here. */
const mostOfEvent = 16_000_000;

/** Takes a stream of events apart, piece by piece, without reading what is in them. */
export class EventLines {
  private readonly decoder = new StringDecoder('utf8');
  private readonly take: (name: string | null, data: string) => void;
  /** Pieces of a line whose end has not come: put together once, as one long line comes in thousands of them. */
  private rest: string[] = [];
  private restLength = 0;
  private name: string | null = null;
  private data: string | null = null;

  constructor(take: (name: string | null, data: string) => void) {
    this.take = take;
  }

  push(piece: Uint8Array): void {
    const text = this.decoder.write(piece as Buffer);
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.line(withoutReturn(this.takeRest(text.slice(from, to))));
      from = to + 1;
    }
    this.keep(text.slice(from));
  }

  /** The last event may lack the empty line behind it. */
  end(): void {
    this.line(this.takeRest(''));
    this.line('');
  }

  private takeRest(end: string): string {
    const line = this.rest.length > 0 ? this.rest.join('') + end : end;
    this.rest = [];
    this.restLength = 0;
    return line;
  }

  private keep(piece: string): void {
    if (piece === '') return;
    this.restLength += piece.length;
    if (this.restLength > mostOfEvent) this.takeRest('');
    else this.rest.push(piece);
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

// A pattern costs as much for each line as all else that is done with it.
function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
