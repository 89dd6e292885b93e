/** A part of a line of text. */
export type Inline =
  | string
  | { type: 'code'; text: string }
  | { type: 'strong' | 'em' | 'del'; within: Inline[] }
  | { type: 'link'; href: string; within: Inline[] }
  | { type: 'image'; href: string; alt: string };

/** See M3 in read-markdown.ts. */
const deepestInline = 5;
/** Longest paragraph that is looked into, in characters. */
const longestInline = 20_000;

/** Reads what stands within a line. */
export function readInline(text: string, depth = 0): Inline[] {
  if (text.length > longestInline || depth > deepestInline) return [text];
  return new InlineReader(text, depth).read();
}

const escapable = /[!-/:-@[-`{-~]/;
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

class InlineReader {
  private readonly found: Inline[] = [];
  private plain = '';
  private at = 0;
  // M3: where each closing mark stands next. It is looked for again only behind that.
  private readonly next = new Map<string, number>();
  private readonly text: string;
  private readonly depth: number;

  constructor(text: string, depth: number) {
    this.text = text;
    this.depth = depth;
  }

  read(): Inline[] {
    while (this.at < this.text.length) if (!this.readMark()) this.plain += this.text[this.at++]!;
    this.flush();
    return this.found;
  }

  private readMark(): boolean {
    switch (this.text[this.at]) {
      case '\\':
        return this.readEscape();
      case '&':
        return this.readEntity();
      case '`':
        return this.readCode();
      case '*':
        return this.readPair('**', 'strong') || this.readPair('*', 'em');
      case '_':
        return !this.isWord(this.at - 1) && (this.readPair('__', 'strong') || this.readPair('_', 'em'));
      case '~':
        return this.readPair('~~', 'del');
      case '!':
        return this.text[this.at + 1] === '[' && this.readLink(this.at + 1, true);
      case '[':
        return this.readLink(this.at, false);
      case '<':
        return this.readAngled();
      case 'h':
        return this.readAddress();
      default:
        return false;
    }
  }

  private readEscape(): boolean {
    const next = this.text[this.at + 1];
    if (next === undefined || !escapable.test(next)) return false;
    this.plain += next;
    this.at += 2;
    return true;
  }

  private readEntity(): boolean {
    const found = Object.keys(entities).find((each) => this.text.startsWith(each, this.at));
    if (found === undefined) return false;
    this.plain += entities[found]!;
    this.at += found.length;
    return true;
  }

  private readCode(): boolean {
    let open = this.at;
    while (this.text[open] === '`') open++;
    const mark = '`'.repeat(Math.min(open - this.at, 8));
    const end = this.find(mark, this.at + mark.length);
    if (end < 0) {
      this.plain += mark;
      this.at += mark.length;
      return true;
    }
    return this.put(
      { type: 'code', text: this.text.slice(this.at + mark.length, end).replaceAll('\n', ' ') },
      end + mark.length,
    );
  }

  private readPair(mark: string, type: 'strong' | 'em' | 'del'): boolean {
    const begin = this.at + mark.length;
    if (!this.text.startsWith(mark, this.at) || /\s/.test(this.text[begin] ?? ' ')) return false;
    const end = this.find(mark, begin + 1);
    if (end < 0 || /\s/.test(this.text[end - 1]!) || (mark[0] === '_' && this.isWord(end + mark.length))) return false;
    return this.put({ type, within: readInline(this.text.slice(begin, end), this.depth + 1) }, end + mark.length);
  }

  private readLink(open: number, isImage: boolean): boolean {
    const close = this.find(']', open + 1);
    if (close < 0 || this.text[close + 1] !== '(') return false;
    const words = this.text.slice(open + 1, close);
    if (words.includes('[')) return false;
    let end = this.find(')', close + 2);
    if (end < 0) return false;
    // An address may have one pair of parentheses.
    if (this.text.slice(close + 2, end).includes('(') && this.text[end + 1] === ')') end++;
    const [href = ''] = this.text
      .slice(close + 2, end)
      .trim()
      .split(/\s/, 1);
    const bare = href.replace(/^<(.*)>$/, '$1');
    if (isImage) return this.put({ type: 'image', href: bare, alt: words }, end + 1);
    return this.put({ type: 'link', href: bare, within: readInline(words, this.depth + 1) }, end + 1);
  }

  private readAngled(): boolean {
    if (!/^<https?:\/\//i.test(this.text.slice(this.at, this.at + 9))) return false;
    const end = this.find('>', this.at + 1);
    const href = this.text.slice(this.at + 1, end);
    return end >= 0 && !/[\s<]/.test(href) && this.put({ type: 'link', href, within: [href] }, end + 1);
  }

  private readAddress(): boolean {
    if (this.isWord(this.at - 1) || !/^https?:\/\//.test(this.text.slice(this.at, this.at + 8))) return false;
    let end = this.at;
    while (end < this.text.length && !/[\s<>"'`|*\\]/.test(this.text[end]!)) end++;
    while (/[.,;:!?)\]]/.test(this.text[end - 1]!)) end--;
    const href = this.text.slice(this.at, end);
    return this.put({ type: 'link', href, within: [href] }, end);
  }

  /** Where a mark stands next; -1: nowhere. */
  private find(mark: string, from: number): number {
    const known = this.next.get(mark);
    if (known !== undefined && (known < 0 || known >= from)) return known;
    const at = this.text.indexOf(mark, from);
    this.next.set(mark, at);
    return at;
  }

  private isWord(at: number): boolean {
    return /[\p{L}\p{N}_]/u.test(this.text[at] ?? '');
  }

  private put(inline: Inline, next: number): true {
    this.flush();
    this.found.push(inline);
    this.at = next;
    return true;
  }

  private flush(): void {
    if (this.plain !== '') this.found.push(this.plain);
    this.plain = '';
  }
}
