import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { isObject } from '../values.ts';

/**
 * Whether the provider takes a schema for an answer: the program asks for strict ones alone, in which every object says all of its keys,
 * wants all of them, and takes no others. What is not so is left to whoever reads the answer.
 */
export function isClosedSchema(schema: JsonObject): boolean {
  return schema['type'] === 'object' && isClosed(schema);
}

function isClosed(schema: JsonValue): boolean {
  if (!isObject(schema)) return true;
  const { properties, required, items, anyOf } = schema;
  if (schema['type'] === 'object' || properties !== undefined) {
    if (schema['additionalProperties'] !== false || !isObject(properties) || !Array.isArray(required)) return false;
    if (Object.keys(properties).some((name) => !required.includes(name))) return false;
  }
  const inner = [...(isObject(properties) ? Object.values(properties) : []), ...(Array.isArray(anyOf) ? anyOf : [])];
  return [...inner, items ?? null].every(isClosed);
}
