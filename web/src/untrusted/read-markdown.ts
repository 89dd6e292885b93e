import { readInline, type Inline } from './read-inline.ts';

/*
 * Markdown of models, read into a tree of our own, which becomes elements and text:
 *
 * M1 There is no HTML: a tag is text. There are no images: they are said as a link with their words.
 * M2 A link leads to http or https, or is text.
 * M3 What is read is read in a time that grows with its length alone: whatever closes something is looked for once, and nothing nests deeper
 *    than some levels. What is deeper is text.
 */

/** A part of a text. */
export type Block =
  | { type: 'heading'; level: number; within: Inline[] }
  | { type: 'paragraph'; within: Inline[] }
  | { type: 'code'; language: string; text: string }
  | { type: 'quote'; blocks: Block[] }
  | { type: 'list'; start: number | null; items: Block[][] }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { type: 'rule' };

const deepestBlock = 6;

/** Reads a text. */
export function readMarkdown(text: string): Block[] {
  return readBlocks(text.split('\n'), 0);
}

const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)/;
const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const rule = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const item = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+|$)(.*)$/;
const quote = /^ {0,3}>[ ]?(.*)$/;
const divider = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** A block, and the first line behind it. */
type Found = [Block | null, number];

function readBlocks(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, next] = readBlock(lines, at, depth);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

function readBlock(lines: readonly string[], at: number, depth: number): Found {
  const line = lines[at]!;
  if (line.trim() === '') return [null, at + 1];
  const opened = fence.exec(line);
  if (opened) return readCode(lines, at, opened);
  const titled = heading.exec(line);
  if (titled) return [{ type: 'heading', level: titled[1]!.length, within: readInline(titled[2]!) }, at + 1];
  if (rule.test(line)) return [{ type: 'rule' }, at + 1];
  if (depth < deepestBlock && quote.test(line)) return readQuote(lines, at, depth);
  if (depth < deepestBlock && item.test(line)) return readList(lines, at, depth);
  if (line.includes('|') && divider.test(lines[at + 1] ?? '') && lines[at + 1]!.includes('|'))
    return readTable(lines, at);
  return readParagraph(lines, at, depth);
}

function readCode(lines: readonly string[], at: number, [, mark, language]: RegExpExecArray): Found {
  let end = at + 1;
  while (end < lines.length && !isClosing(lines[end]!, mark!)) end++;
  return [{ type: 'code', language: language ?? '', text: lines.slice(at + 1, end).join('\n') }, end + 1];
}

function isClosing(line: string, mark: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= mark.length && trimmed === mark[0]!.repeat(trimmed.length);
}

function readQuote(lines: readonly string[], at: number, depth: number): Found {
  const within: string[] = [];
  let end = at;
  for (let found = quote.exec(lines[end]!); found; found = quote.exec(lines[end] ?? '')) {
    within.push(found[1]!);
    end++;
  }
  return [{ type: 'quote', blocks: readBlocks(within, depth + 1) }, end];
}

function readList(lines: readonly string[], at: number, depth: number): Found {
  const first = item.exec(lines[at]!)!;
  const isOrdered = /\d/.test(first[2]!);
  const items: string[][] = [];
  let end = at;
  while (end < lines.length) {
    const line = lines[end]!;
    const found = rule.test(line) ? null : item.exec(line);
    const indent = /^[ \t]*/.exec(line)![0].length;
    if (found && /\d/.test(found[2]!) === isOrdered) items.push([taskMark(found[4]!)]);
    else if (indent >= 2 && line.trim() !== '') items.at(-1)!.push(line.slice(Math.min(indent, isOrdered ? 3 : 2)));
    else if (line.trim() === '' && isGoingOn(lines, end, isOrdered)) items.at(-1)!.push('');
    else break;
    end++;
  }
  const start = isOrdered ? Number.parseInt(first[2]!, 10) : null;
  return [{ type: 'list', start, items: items.map((each) => readBlocks(each, depth + 1)) }, end];
}

/** Whether a list goes on behind one empty line. */
function isGoingOn(lines: readonly string[], at: number, isOrdered: boolean): boolean {
  const next = lines[at + 1] ?? '';
  const found = item.exec(next);
  return /^(?: {2,}|\t)\S/.test(next) || (found !== null && /\d/.test(found[2]!) === isOrdered);
}

function taskMark(text: string): string {
  return text.replace(/^\[([ xX])\](?= )/, (_, mark: string) => (mark === ' ' ? '☐' : '☑'));
}

function readTable(lines: readonly string[], at: number): Found {
  const head = cellsOf(lines[at]!);
  const rows: Inline[][][] = [];
  let end = at + 2;
  for (; end < lines.length && lines[end]!.includes('|'); end++) {
    const cells = cellsOf(lines[end]!);
    rows.push(head.map((_, column) => cells[column] ?? []));
  }
  return [{ type: 'table', head, rows }, end];
}

function cellsOf(line: string): Inline[][] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner
    .split('|')
    .slice(0, 60)
    .map((cell) => readInline(cell.trim()));
}

function readParagraph(lines: readonly string[], at: number, depth: number): Found {
  let end = at + 1;
  while (end < lines.length && !interrupts(lines[end]!, depth)) end++;
  const text = lines
    .slice(at, end)
    .map((line) => line.trim())
    .join('\n');
  return [{ type: 'paragraph', within: readInline(text) }, end];
}

function interrupts(line: string, depth: number): boolean {
  if (line.trim() === '' || fence.test(line) || heading.test(line) || rule.test(line)) return true;
  return depth < deepestBlock && (quote.test(line) || item.test(line));
}
