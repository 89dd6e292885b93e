import { displayWidth } from '../base/display-width.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** Width to wrap at where the output has none. */
const pipeColumns = 120;

/** Words, made safe, in lines of at most so many columns; those behind the first begin below its first word. */
export function wrap(
  words: readonly string[],
  separator: string,
  { room: given, indent }: { room: number; indent: string },
): string[] {
  const room = Number.isFinite(given) ? given : pipeColumns;
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of words.entries()) {
    const piece = safeLine(word) + (index < words.length - 1 ? separator.trimEnd() : '');
    const joined = line === '' ? piece : `${line} ${piece}`;
    if (line !== '' && displayWidth(indent + joined) > room) {
      lines.push(line);
      line = piece;
    } else line = joined;
  }
  if (line !== '') lines.push(line);
  return lines.map((text, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + text);
}
