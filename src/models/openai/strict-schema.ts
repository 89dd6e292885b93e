/*
 * Schemas as strict mode takes them: every object closed, every property required. What may be left out becomes what may be null, and
 * such a null is left out again of what comes back. Among choices nobody could say by which of them it was added: those with something
 * that may be left out have no strict form.
 *
 * Constraints that strict mode does not know are left out: what checks the input knows them all the same.
 */
import type { JsonObject, JsonValue } from '../../domain/json.ts';

const kept = new Set([
  ...['type', 'description', 'title', 'enum', 'const', 'anyOf', 'items', 'properties', 'required'],
  ...['additionalProperties', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems'],
]);
const dropped = new Set([
  ...['$schema', '$id', '$comment', 'default', 'examples', 'minLength', 'maxLength', 'pattern', 'format'],
  ...['uniqueItems', 'minProperties', 'maxProperties', 'deprecated', 'readOnly', 'writeOnly', 'propertyNames'],
]);
const mostDepth = 10;

/** A schema of an object in strict form; null: it has none. */
export function toStrictSchema(schema: JsonObject): JsonObject | null {
  if (schema['type'] !== 'object' || schema['anyOf'] !== undefined) return null;
  return strictNode(schema, 1);
}

/** Whether an answer by the strict form meets the schema as it is: nothing in it may be left out. */
export function isStrictAlready(schema: JsonObject): boolean {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  const inner = [...Object.values(properties), schema['items'], ...listOf(schema['anyOf'])];
  return inner.every((each) => !isObject(each) || isStrictAlready(each));
}

/** What a call by the strict form says in terms of the schema as it is. */
export function withoutNulls(value: JsonValue, schema: JsonValue | undefined): JsonValue {
  if (!isObject(schema)) return value;
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each, schema['items']));
  const properties = schema['properties'];
  if (!isObject(value) || !isObject(properties)) return value;
  const required = listOf(schema['required']);
  const entries = Object.entries(value).filter(([name, inner]) => {
    const isOptional = Object.hasOwn(properties, name) && !required.includes(name);
    return !(inner === null && isOptional && !takesNull(properties[name]));
  });
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name,
      Object.hasOwn(properties, name) ? withoutNulls(inner, properties[name]) : inner,
    ]),
  );
}

function strictNode(schema: JsonObject, depth: number): JsonObject | null {
  if (depth > mostDepth) return null;
  const node: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key)) node[key] = value;
    else if (!dropped.has(key)) return null;
  }
  const { items, anyOf } = node;
  if (node['type'] === undefined && anyOf === undefined && node['enum'] === undefined && node['const'] === undefined)
    return null;
  if (node['type'] === 'object' || node['properties'] !== undefined) return strictObject(node, depth);
  if (items !== undefined || node['type'] === 'array') {
    const inner = isObject(items) ? strictNode(items, depth + 1) : null;
    if (!inner) return null;
    node['items'] = inner;
  }
  if (anyOf === undefined) return node;
  const choices = listOf(anyOf).map((each) =>
    isObject(each) && isStrictAlready(each) ? strictNode(each, depth + 1) : null,
  );
  return choices.length > 0 && choices.every((each) => each !== null) ? { ...node, anyOf: choices } : null;
}

function strictObject(node: JsonObject, depth: number): JsonObject | null {
  const { properties = {}, required, additionalProperties = false } = node;
  // What takes any key has no strict form.
  if (additionalProperties !== false || !isObject(properties) || node['type'] !== 'object') return null;
  const strict: JsonObject = {};
  for (const [name, schema] of Object.entries(properties)) {
    const inner = isObject(schema) ? strictNode(schema, depth + 1) : null;
    if (!inner) return null;
    strict[name] = listOf(required).includes(name) || takesNull(inner) ? inner : orNull(inner);
  }
  return { ...node, properties: strict, required: Object.keys(strict), additionalProperties: false };
}

function orNull(schema: JsonObject): JsonObject {
  const { type, enum: values, description, ...rest } = schema;
  const isPlain = typeof type === 'string' && type !== 'object' && type !== 'array' && rest['const'] === undefined;
  if (!isPlain) return { anyOf: [schema, { type: 'null' }] };
  return {
    ...rest,
    type: [type, 'null'],
    ...(values !== undefined && { enum: [...listOf(values), null] }),
    ...(description !== undefined && { description }),
  };
}

function takesNull(schema: JsonValue | undefined): boolean {
  if (!isObject(schema)) return false;
  const { type, enum: values, anyOf } = schema;
  if (listOf(anyOf).some(takesNull)) return true;
  const isType = type === 'null' || listOf(type).includes('null');
  return isType || (type === undefined && listOf(values).includes(null));
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
