import type { JsonObject, JsonValue } from '../json.ts';

/** Longest answer that workflow code gets, in characters: one value in a history has at most 2 MB. */
export const longestOutput = 500_000;

/**
 * What a task's prompt says about its structured `output`.
 *
 * Stands at the end of the prompt, not in the system prompt: that one stays the same for all tasks of a context, and so cached.
 */
export function outputNote(schema: JsonObject): string {
  return [
    'End with an answer that is JSON only (no text around it) and meets this JSON Schema:',
    JSON.stringify(schema),
  ].join('\n');
}

/** The JSON of an answer that should be JSON: the whole text, or what stands in its one fenced block. Undefined: it is none. */
export function parseOutput(text: string): JsonValue | undefined {
  const whole = parse(text.trim());
  if (whole !== undefined) return whole;
  // A fence begins a line: JSON itself cannot hold one, as its line breaks are escaped.
  const fences = text.split(/^[ \t]*```/m);
  if (fences.length !== 3) return undefined;
  return parse(fences[1]!.replace(/^[ \t]*json[ \t]*\r?\n/i, '').trim());
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
