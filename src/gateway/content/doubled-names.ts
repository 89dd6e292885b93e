/** What JSON is made of, as far as names are to be found in it: texts, and what begins, ends and divides. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/**
 * A name that an object of some JSON has twice; null: none has. Of two values one reader takes the first and another one the last: what is
 * looked at here would not be what the provider goes by.
 *
 * @param text JSON that can be read
 * @param value what was read of it
 */
export function doubledName(text: string, value: unknown): string | null {
  // What is written as it would be written here has all its values.
  if (JSON.stringify(value) === text) return null;
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [piece] of text.matchAll(token)) {
    if (piece === '{') open.push(new Set());
    else if (piece === '[') open.push(null);
    else if (piece === '}' || piece === ']') open.pop();
    else if (piece === ':') {
      const names = open.at(-1)!;
      const name = JSON.parse(last) as string;
      if (names!.has(name)) return name;
      names!.add(name);
    }
    last = piece;
  }
  return null;
}
