/*
 * Which lines of a Markdown text are code between fences, as CommonMark has it:
 *
 * F1 A fence is indented by at most three spaces, in a list from where the words of its point begin; deeper it is text or indented code.
 * F2 It ends with a line of as many marks or more, which may be indented by at most three spaces more than its first line; or never.
 * F3 Words behind a blank line that are indented less than those of a point are no part of it.
 */

const fence = /(`{3,}(?![^`]*`)|~{3,})/y;
const point = /(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?! )| |$)/y;
const spaces = / */y;

/** Takes a text line by line. @returns whether the line is code, or begins or ends it */
export function createFences(): (line: string) => boolean {
  let open: { mark: string; column: number } | null = null;
  let points: number[] = [];
  let isAfterBlank = true;
  return (written) => {
    const line = written.replaceAll('\t', '    ');
    const indent = match(spaces, line, 0)!.length;
    if (open !== null) {
      const mark = match(fence, line, indent);
      const isEnd = mark?.startsWith(open.mark) && line.trim() === mark && indent <= open.column + 3;
      if (isEnd) open = null;
      return true;
    }
    if (indent === line.length) {
      isAfterBlank = true;
      return false;
    }
    if (isAfterBlank) points = points.filter((words) => words <= indent); // F3
    isAfterBlank = false;
    const column = enterPoints(line, indent, points);
    const mark = column - (points.at(-1) ?? 0) <= 3 ? match(fence, line, column) : null;
    if (mark === null) return false;
    open = { mark, column };
    return true;
  };
}

/** Adds the points of lists that begin in the line. @returns where its words begin */
function enterPoints(line: string, indent: number, points: number[]): number {
  let column = indent;
  for (let found = match(point, line, column); found !== null; found = match(point, line, column)) {
    while (points.length > 0 && points.at(-1)! > column) points.pop();
    // What is indented so far is code of the point before.
    if (column - (points.at(-1) ?? 0) > 3) return column;
    column += found.length;
    points.push(column);
  }
  return column + match(spaces, line, column)!.length;
}

function match(pattern: RegExp, line: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0] ?? null;
}
