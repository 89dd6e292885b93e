import type { JsonValue } from './json.ts';

/** The value that a text of others is the JSON of; undefined: of none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
