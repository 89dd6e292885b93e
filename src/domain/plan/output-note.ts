import type { JsonObject, JsonValue } from '../json.ts';
import { parseJson } from '../parse-json.ts';
import { jsonInText } from './json-in-text.ts';
import { withoutThoughts } from './without-thoughts.ts';

/** Longest answer that workflow code gets, in characters: one value in a history has at most 2 MB. */
export const longestOutput = 500_000;

const noteBegins = 'End with an answer that is JSON only (no text around it) and meets this JSON Schema:';

/**
 * What a task's prompt says about its structured `output`.
 *
 * Stands at the end of the prompt, not in the system prompt: that one stays the same for all tasks of a context, and so cached.
 */
export function outputNote(schema: JsonObject): string {
  return [noteBegins, JSON.stringify(schema)].join('\n');
}

/** The schema that a prompt ends with by {@link outputNote}; undefined: it asks for none. */
export function schemaInPrompt(prompt: string): JsonObject | undefined {
  const lines = prompt.split('\n');
  const schema = parseJson(lines[lines.lastIndexOf(noteBegins) + 1] ?? '');
  const isSchema = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
  return lines.includes(noteBegins) && isSchema ? schema : undefined;
}

/**
 * The JSON of an answer that should be JSON: the whole text, what stands in its one fenced block, or the one object or list in it that the
 * schema can be about. Undefined: it is none, or there are several. Whoever asks again with the same schema gets the same.
 */
export function parseOutput(text: string, schema: JsonObject | null): JsonValue | undefined {
  const whole = parseJson(text.trim());
  if (whole !== undefined) return whole;
  // A fence begins a line: JSON itself cannot hold one, as its line breaks are escaped.
  const fences = text.split(/^[ \t]*```/m);
  const fenced = fences.length === 3 ? parseJson(fences[1]!.replace(/^[ \t]*json[ \t]*\r?\n/i, '').trim()) : undefined;
  if (fenced !== undefined) return fenced;
  const found = jsonInText(text).filter((value) => mayBe(value, schema));
  const distinct = new Map(found.map((value) => [JSON.stringify(value), value]));
  if (distinct.size === 1) return found[0];
  // What a model thought of on the way is no answer.
  const answer = withoutThoughts(text);
  return distinct.size > 1 && answer !== text ? parseOutput(answer, schema) : undefined;
}

// Without what only a validator knows: that one looks at what is found.
function mayBe(value: JsonValue, schema: JsonObject | null): boolean {
  const { type, required } = schema ?? {};
  const own = Array.isArray(value) ? 'array' : 'object';
  if (typeof type === 'string' && type !== own) return false;
  if (Array.isArray(type) && !type.includes(own)) return false;
  if (own === 'array' || !Array.isArray(required)) return true;
  return required.every((key) => typeof key !== 'string' || Object.hasOwn(value as JsonObject, key));
}
