import { safeText } from '../../domain/safe-text.ts';

/** Most lines that are shown of what is asked about. */
const mostLines = 300;
const longestLine = 400;

/** A text for somebody who decides about it, with the numbers of its lines; of a long one the beginning, which is said. */
export function shownLines(text: string): string[] {
  const lines = safeText(text).split('\n');
  const digits = String(Math.min(lines.length, mostLines)).length;
  const shown = lines.slice(0, mostLines).map((line, index) => {
    const cut = line.length > longestLine ? `${line.slice(0, longestLine)}… (${line.length} characters)` : line;
    return `${String(index + 1).padStart(digits)} | ${cut}`.trimEnd();
  });
  const more = lines.length - mostLines;
  return more > 0 ? [...shown, `… and ${more} more lines: open the file to see them`] : shown;
}
