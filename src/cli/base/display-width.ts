import { safeLine } from '../../domain/safe-text.ts';

/*
 * Widths in terminal columns. Our own colour sequences (SGR) count as nothing;
 * no other sequence can be in a text, because all text from outside went through safe-text.ts.
 */

let segmenter: Intl.Segmenter | undefined;
const ascii = /^[\x20-\x7e]*$/;
// oxlint-disable-next-line no-control-regex -- our own colour sequences
const colour = /\x1b\[[0-9;]*m/g;
// oxlint-disable-next-line no-control-regex -- our own colour sequences
const pieces = /\x1b\[[0-9;]*m|[^\x1b]+/g;
const reset = '\x1b[0m';
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const emoji = /\p{Emoji_Presentation}|\uFE0F/u;

/** Blocks that terminals draw two columns wide (Unicode's East Asian Width W and F). */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (zeroWidth.test(grapheme)) return 0;
  if (emoji.test(grapheme)) return 2;
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

// What Unicode knows takes long to load, and most lines do without.
function graphemes(text: string): string[] {
  if (ascii.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a line takes on a terminal. */
export function displayWidth(line: string): number {
  let width = 0;
  for (const segment of graphemes(line.replace(colour, ''))) width += graphemeWidth(segment);
  return width;
}

/** The line cut to at most `columns`, with an ellipsis where it was cut; colours are closed. */
export function truncate(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  if (columns <= 0) return '';
  let room = columns - 1;
  let result = '';
  for (const piece of line.match(pieces) ?? []) {
    if (piece.startsWith('\x1b')) {
      result += piece;
      continue;
    }
    for (const segment of graphemes(piece)) {
      room -= graphemeWidth(segment);
      if (room < 0) return result + '…' + (result.includes('\x1b') ? reset : '');
      result += segment;
    }
  }
  return result;
}

/** A line without colours in pieces of at most `columns`, behind a blank where there is one; one empty piece for an empty line. */
export function splitAt(line: string, columns: number): string[] {
  const parts: string[] = [];
  let part = '';
  let room = columns;
  for (const segment of graphemes(line)) {
    const width = graphemeWidth(segment);
    if (width > room) {
      const blank = part.lastIndexOf(' ') + 1;
      // Blanks at its beginning part no words, and before a blank a word has ended.
      const end = segment === ' ' || part.slice(0, blank).trim() === '' ? part.length : blank;
      parts.push(part.slice(0, end));
      part = part.slice(end);
      room = columns - displayWidth(part);
    }
    part += segment;
    room -= width;
  }
  return [...parts, part];
}

/** The line cut to at most `columns` at its beginning: of what somebody types the end is seen. */
export function truncateStart(line: string, columns: number): string {
  const segments = graphemes(line);
  let room = columns - 1;
  let at = segments.length;
  if (displayWidth(line) <= columns) return line;
  while (at > 0 && room - graphemeWidth(segments[at - 1]!) >= 0) room -= graphemeWidth(segments[--at]!);
  return `…${segments.slice(at).join('')}`;
}

/** A line without colours cut to at most `columns` in its middle: ids differ at their ends. */
export function truncateMiddle(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  const tail = truncateStart(line, Math.max(1, Math.ceil(columns / 2)));
  const head = truncate(line, columns - displayWidth(tail) + 1);
  return head.slice(0, -1) + tail;
}

/** A line cut to at most `columns`, so that the id in it gives way first, and never what stands behind it. */
export function fitAround(line: string, id: string, columns: number): string {
  const over = displayWidth(line) - columns;
  if (over <= 0 || id === '' || !line.includes(id)) return truncate(line, columns);
  const short = truncateMiddle(id, Math.max(shortestId, displayWidth(id) - over));
  return truncate(
    line.replace(id, () => short),
    columns,
  );
}

/** Below this an id says nothing. */
const shortestId = 8;

/** Text of ours or from outside as a cell of exactly `columns`: made safe, cut (an id in its middle) or filled up. */
export function cell(
  text: string,
  columns: number,
  { side = 'left', isId = false }: { side?: 'left' | 'right'; isId?: boolean } = {},
): string {
  const cut = (isId ? truncateMiddle : truncate)(safeLine(text), columns);
  const filling = ' '.repeat(Math.max(0, columns - displayWidth(cut)));
  return side === 'left' ? cut + filling : filling + cut;
}
