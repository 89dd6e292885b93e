import type { JsonObject } from '../domain/json.ts';
import { letters, textFor } from './sample-pattern.ts';

/** What a text is made for. */
export interface TextWish {
  /** What it stands for, such as the name of its property. */
  name: string;
  /** Another number, another text, as far as the schema allows. */
  salt: number;
}

/** Longest text that is made, in characters, whatever a schema asks for. */
const longest = 20_000;

const formats: Readonly<Record<string, (number: number) => string>> = {
  'date-time': (number) => `2026-01-${day(number)}T12:00:00Z`,
  date: (number) => `2026-01-${day(number)}`,
  time: () => '12:00:00Z',
  duration: (number) => `P${number}D`,
  email: (number) => `someone${number}@example.com`,
  hostname: (number) => `host${number}.example.com`,
  uri: (number) => `https://example.com/${number}`,
  ipv4: (number) => `192.0.2.${number % 255}`,
  ipv6: (number) => `2001:db8::${number.toString(16)}`,
  uuid: (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
};

const day = (number: number): string => String(1 + (number % 28)).padStart(2, '0');

/** A text that meets a JSON Schema of strings: its lengths, its `format` and each of `patterns`. The best that was found where none does. */
export function sampleText(schema: JsonObject, patterns: readonly string[], wish: TextWish): string {
  const least = Math.min(numberOr(schema['minLength'], 0), longest);
  const most = numberOr(schema['maxLength'], Infinity);
  const tests = patterns.map((pattern) => new RegExp(pattern, 'u'));
  const fits = (text: string): boolean => {
    const { length } = Array.from(text);
    return length >= least && length <= most && tests.every((test) => test.test(text));
  };
  let last = '';
  for (const text of candidates(schema, patterns, { ...wish, least, most })) if (fits((last = text))) return text;
  return last;
}

function* candidates(
  schema: JsonObject,
  patterns: readonly string[],
  { name, salt, least, most }: TextWish & { least: number; most: number },
): Generator<string> {
  const format = typeof schema['format'] === 'string' ? formats[schema['format']] : undefined;
  if (format) yield format(salt + 1);
  const plain = salt === 0 ? name : `${name} ${salt + 1}`;
  const letter = letters[salt % 26]!;
  for (const text of [plain, `${name}-${salt + 1}`, `${name}${salt + 1}`, `${name}${letter}`, letter]) {
    yield text;
    yield text.slice(0, most).padEnd(least, letter);
  }
  for (const pattern of patterns) {
    for (const extra of new Set([1, 0, 2, 3, 4, 8, 16, least, Math.max(0, least - 1), Math.min(most, longest)])) {
      const text = textFor(pattern, { extra, salt });
      if (salt > 0) yield text + letter;
      yield text;
      yield text.padEnd(least, letter);
      yield text.padStart(least, letter);
      yield textFor(pattern, { extra, salt, isVaried: true });
    }
  }
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
