import { safeText } from '../safe-text.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { OfferedTool } from './mcp-server.ts';

/** Longest description that a model reads, in characters. */
export const longestDescription = 8000;

/** A tool as a model is given it: what is there to read is plain text, and short enough; names and values stay as the server knows them. */
export function toModel({ tool, description, input }: OfferedTool): OfferedTool {
  const { $schema: _, ...schema } = input;
  const text = safeText(description).trim();
  const cut = text.length > longestDescription ? `${text.slice(0, longestDescription).toWellFormed()}…` : text;
  return { tool, description: cut === '' ? tool : cut, input: withSafeWords(schema) as JsonObject };
}

function withSafeWords(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withSafeWords);
  if (typeof value !== 'object' || value === null) return value;
  const isWords = (key: string, each: JsonValue): each is string =>
    (key === 'description' || key === 'title') && typeof each === 'string';
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, isWords(key, each) ? safeText(each) : withSafeWords(each)]),
  );
}
