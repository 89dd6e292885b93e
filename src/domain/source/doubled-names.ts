/** What begins, ends and divides in JSON, texts by their first mark. */
const mark = /["{}[\]:]/g;

/**
 * A name that an object of some JSON has twice; null: none has. Of two values one reader takes the first and another one the last: what is
 * looked at here would not be what the provider goes by.
 *
 * @param text JSON that can be read
 * @param value what was read of it
 */
export function doubledName(text: string, value: unknown): string | null {
  // Each name that was written has its value.
  if (countWritten(text) === countNames(value)) return null;
  const open: (Set<string> | null)[] = [];
  let last = '';
  mark.lastIndex = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [piece] = found;
    if (piece === '"') {
      const end = endOfText(text, found.index);
      last = text.slice(found.index, end);
      mark.lastIndex = end;
    } else if (piece === '{') open.push(new Set());
    else if (piece === '[') open.push(null);
    else if (piece === '}' || piece === ']') open.pop();
    else {
      const names = open.at(-1)!;
      const name = JSON.parse(last) as string;
      if (names!.has(name)) return name;
      names!.add(name);
    }
  }
  return null;
}

// Not by a pattern: a file in base64 is longer than those can be (V8 keeps a step for each character).
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); ; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}

function countWritten(text: string): number {
  let names = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = endOfText(text, at);
    while (isSpace(text.charCodeAt(at))) at++;
    if (text[at] === ':') names++;
  }
  return names;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

// Not by calls of itself: JSON may be nested deeper than those can be.
function countNames(value: unknown): number {
  const left = [value];
  let names = 0;
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const members: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) names += members.length;
    for (const member of members) left.push(member);
  }
  return names;
}
