/** The most bytes (UTF-8) that a tool hands to the model. */
export const maxOutputBytes = 32_000;

/** Text as it is, or its beginning with a word on what is missing. `hint` says how to get the rest. */
export function keepHead(text: string, hint: string, maxBytes: number = maxOutputBytes): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  const note = `\n[shortened: ${bytes.length} bytes in all. ${hint}]`;
  return bytesToText(bytes.subarray(0, maxBytes - Buffer.byteLength(note))) + note;
}

/** Collects a stream's beginning and end, at most `maxBytes` together, and counts the rest. */
export class HeadAndTail {
  private readonly head: Buffer[] = [];
  private tail: Buffer = Buffer.alloc(0);
  private headLeft: number;
  private readonly tailMax: number;
  /** Bytes seen so far. */
  total = 0;

  constructor(maxBytes: number) {
    this.headLeft = Math.floor(maxBytes / 2);
    this.tailMax = maxBytes - this.headLeft;
  }

  add(chunk: Buffer): void {
    this.total += chunk.length;
    const toHead = chunk.subarray(0, this.headLeft);
    if (toHead.length > 0) this.head.push(Buffer.from(toHead));
    this.headLeft -= toHead.length;
    const rest = chunk.subarray(toHead.length);
    if (rest.length > 0) this.tail = Buffer.from(Buffer.concat([this.tail, rest]).subarray(-this.tailMax));
  }

  text(): string {
    const head = Buffer.concat(this.head);
    const left = this.total - head.length - this.tail.length;
    if (left === 0) return Buffer.concat([head, this.tail]).toString('utf8');
    return `${bytesToText(head)}\n[… ${left} bytes left out …]\n${bytesToText(this.tail)}`;
  }
}

// A cut may fall inside a character: its stray bytes go, rather than becoming replacement signs.
function bytesToText(bytes: Buffer): string {
  let start = 0;
  while (start < 4 && start < bytes.length && (bytes[start]! & 0xc0) === 0x80) start++;
  return new TextDecoder('utf-8').decode(bytes.subarray(start), { stream: true });
}
