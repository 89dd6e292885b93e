import type { JsonObject, JsonValue } from '../../src/domain/json.ts';

/**
 * A history without what tells the machine that recorded it: names given in `replacements` (also inside of payloads),
 * identities and stack traces. Replay compares none of them.
 */
export function scrub(value: JsonValue, replacements: ReadonlyMap<string, string>): JsonValue {
  if (typeof value === 'string') return replaceAll(value, replacements);
  if (Array.isArray(value)) return value.map((item) => scrub(item, replacements));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, scrubField(value, key, item, replacements)]),
  );
}

function scrubField(
  owner: JsonObject,
  key: string,
  value: JsonValue,
  replacements: ReadonlyMap<string, string>,
): JsonValue {
  if (key === 'stackTrace') return '';
  if (key === 'identity' && typeof value === 'string') return 'recorder';
  if (key !== 'data' || typeof value !== 'string' || !('metadata' in owner)) return scrub(value, replacements);
  // A payload: base64 of JSON.
  const text = Buffer.from(value, 'base64').toString();
  return Buffer.from(withoutStacks(replaceAll(text, replacements))).toString('base64');
}

function withoutStacks(text: string): string {
  if (!text.includes('"stackTrace"')) return text;
  return JSON.stringify(scrub(JSON.parse(text) as JsonValue, new Map()));
}

function replaceAll(text: string, replacements: ReadonlyMap<string, string>): string {
  return [...replacements].reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
