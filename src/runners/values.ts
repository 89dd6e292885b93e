import type { JsonObject, JsonValue } from '../domain/json.ts';

/** What of a stranger's JSON is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What of it is text; null: it is something else. */
export function textIn(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The text of an MCP-like content: blocks of text, joined by newlines. */
export function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  return blocks.flatMap((block) => textIn(block['text']) ?? []).join('\n');
}
