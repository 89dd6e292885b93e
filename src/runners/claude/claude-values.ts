import type { JsonObject } from '../../domain/json.ts';
import { isObject } from '../values.ts';

/** Blocks of the message in a line. */
export function contentOf(line: JsonObject): JsonObject[] {
  const message = line['message'];
  const content = isObject(message) ? message['content'] : null;
  return Array.isArray(content) ? content.filter(isObject) : [];
}
