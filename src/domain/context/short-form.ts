import type { JsonValue } from '../json.ts';

/** A text within so many characters: its beginning and its end, cut between lines where there are any near. `more`: what is said where something is missing. */
export function shortText(
  text: string,
  most: number,
  more = (left: number) => `… (${left} characters are left out) …`,
): string {
  if (text.length <= most) return text;
  const head = cutBack(text.slice(0, Math.floor((most * 2) / 3)));
  const tail = cutFront(text.slice(text.length - Math.floor(most / 3)));
  return [head, more(text.length - head.length - tail.length), tail].join('\n').toWellFormed();
}

/** JSON within so many characters where that can be, still JSON: long texts in it are cut, and lists only where that is not enough. */
export function shortJson(value: JsonValue, most: number): string {
  for (const [longest, items] of [
    [Infinity, Infinity],
    [400, Infinity],
    [240, Infinity],
    [160, Infinity],
    [100, Infinity],
    [60, Infinity],
    [60, 10],
    [60, 5],
    [40, 3],
  ] as const) {
    const text = JSON.stringify(cut(value, longest, items));
    if (text.length <= most) return text;
  }
  return shortText(JSON.stringify(cut(value, 40, 3)), most);
}

function cut(value: JsonValue, longest: number, items: number): JsonValue {
  if (typeof value === 'string') return value.length > longest ? `${value.slice(0, longest).toWellFormed()}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.slice(0, items).map((item) => cut(item, longest, items));
    return value.length > items ? [...kept, `… ${value.length - items} more`] : kept;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cut(item, longest, items)]));
}

function cutBack(text: string): string {
  const end = text.lastIndexOf('\n');
  return end > text.length / 2 ? text.slice(0, end) : text;
}

function cutFront(text: string): string {
  const start = text.indexOf('\n');
  return start >= 0 && start < text.length / 2 ? text.slice(start + 1) : text;
}

/** A text between fences that nothing in it can close. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
