import type { JsonObject, JsonValue } from '../../domain/json.ts';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textIn(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Blocks of the message in a line. */
export function contentOf(line: JsonObject): JsonObject[] {
  const message = line['message'];
  const content = isObject(message) ? message['content'] : null;
  return Array.isArray(content) ? content.filter(isObject) : [];
}
