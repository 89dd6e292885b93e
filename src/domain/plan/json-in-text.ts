import type { JsonValue } from '../json.ts';
import { parseJson } from '../parse-json.ts';

/** How many characters are looked at in all: beginnings that come to nothing are begun again behind them. */
const mostLooks = 8_000_000;

/**
 * The objects and lists that stand in a text, in order, whatever is around them.
 *
 * What models write by mistake has one meaning all the same and is read: line breaks within text, and a comma before an end.
 */
export function jsonInText(text: string): JsonValue[] {
  const found: JsonValue[] = [];
  let looks = 0;
  for (let at = 0; at < text.length && looks < mostLooks; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    const end = endOf(text, at);
    looks += (end ?? text.length) - at;
    const value = end === null ? undefined : read(text.slice(at, end));
    if (value === undefined) continue;
    found.push(value);
    at = end! - 1;
  }
  return found;
}

/** Where what opens at a place is closed again; null: nowhere. */
function endOf(text: string, start: number): number | null {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const sign = text[at]!;
    if (inText) {
      if (sign === '\\') at++;
      else if (sign === '"') inText = false;
    } else if (sign === '"') inText = true;
    else if (sign === '{' || sign === '[') depth++;
    else if ((sign === '}' || sign === ']') && --depth === 0) return at + 1;
  }
  return null;
}

function read(json: string): JsonValue | undefined {
  return parseJson(json) ?? parseJson(mended(json));
}

const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// Texts one by one, and what stands between them.
function mended(json: string): string {
  return json.replace(/"(?:[^"\\]|\\[^])*"|,(?=\s*[}\]])/g, (part) =>
    part === ',' ? '' : part.replace(/[\n\r\t]/g, (sign) => escapes[sign]!),
  );
}
