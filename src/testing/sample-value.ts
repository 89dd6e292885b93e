/*
 * A value for a JSON Schema, made rather than looked for: parts of a schema are laid over each other (`allOf`, a branch of `anyOf` and
 * `oneOf`, `if` with `then`), and what is left says of each part what it has to be.
 *
 * V1 It ends: what a schema refers to is followed so deep, then only what is required is given, and so many parts are made in all.
 * V2 `not` and what only a look at the whole can tell are not weighed up: a further `attempt` is made in another way.
 */
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { sampleNumber } from './sample-number.ts';
import { sampleText } from './sample-text.ts';
import { mergeSchemas, resolveSchema } from './sample-schema.ts';

const mostParts = 5000;
const deepest = 6;
const mostItems = 1000;

interface Place {
  root: JsonObject;
  attempt: number;
  depth: number;
  name: string;
  salt: number;
  count: { left: number };
}

/**
 * A value that meets a schema, as far as one can be made.
 *
 * Optional properties are given, and lists have two entries, where the schema allows it; numbers are high, and truth values true: a loop
 * that waits for a good score ends. `attempt`: another number, another way.
 *
 * @throws Error when it would become too large
 */
export function sampleValue(schema: JsonObject, attempt = 0): JsonValue {
  return valueOf(schema, { root: schema, attempt, depth: 0, name: 'answer', salt: 0, count: { left: mostParts } });
}

function valueOf(raw: JsonValue | undefined, place: Place): JsonValue {
  if (--place.count.left < 0) throw new Error('a value for this schema would be too large');
  const schema = resolveSchema(raw, place.root, place.attempt + (place.depth > 0 ? place.salt : 0));
  if (schema['const'] !== undefined) return schema['const'];
  const choices = schema['enum'];
  if (Array.isArray(choices) && choices.length > 0) return choices[(place.salt + place.attempt) % choices.length]!;
  const { name, salt } = place;
  switch (typeOf(schema, place.attempt)) {
    case 'object':
      return objectOf(schema, place);
    case 'array':
      return listOf(schema, place);
    case 'integer':
      return sampleNumber(schema, { isInteger: true, salt: salt + place.attempt });
    case 'number':
      return sampleNumber(schema, { isInteger: false, salt: salt + place.attempt });
    case 'boolean':
      return (place.attempt + salt) % 2 === 0;
    case 'null':
      return null;
    default:
      return sampleText(schema, patternsOf(schema), { name, salt: salt + place.attempt });
  }
}

const signs: readonly [string, readonly string[]][] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'propertyNames']],
  ['array', ['items', 'prefixItems', 'minItems', 'contains', 'uniqueItems']],
  ['string', ['pattern', 'minLength', 'maxLength', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

function typeOf(schema: JsonObject, attempt: number): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const kinds = textsIn(type).filter((kind) => kind !== 'null');
  if (kinds.length > 0) return kinds[attempt % kinds.length]!;
  if (Array.isArray(type) && type.length > 0) return 'null';
  return signs.find(([, words]) => words.some((word) => schema[word] !== undefined))?.[0] ?? 'string';
}

function patternsOf({ pattern, allPatterns }: JsonObject): string[] {
  return textsIn(Array.isArray(allPatterns) ? allPatterns : [pattern ?? null]);
}

function objectOf(schema: JsonObject, place: Place): JsonObject {
  const properties = asObject(schema['properties']);
  const wanted = new Set(textsIn(schema['required']));
  const most = numberOr(schema['maxProperties'], Infinity);
  if (place.attempt % 2 === 0 && place.depth < deepest)
    for (const key of Object.keys(properties)) if (wanted.size < most && properties[key] !== false) wanted.add(key);
  const dependent = asObject(schema['dependentRequired']);
  for (const key of wanted) for (const other of textsIn(dependent[key])) wanted.add(other);
  const least = numberOr(schema['minProperties'], 0);
  for (let number = 0; wanted.size < least && number < mostItems; number++)
    wanted.add(furtherKey(schema, place, number));
  return Object.fromEntries(
    [...wanted].map((key) => [key, valueOf(schemaOfKey(schema, key), { ...place, depth: place.depth + 1, name: key })]),
  );
}

function furtherKey(schema: JsonObject, place: Place, salt: number): string {
  const names = resolveSchema(schema['propertyNames'], place.root, place.attempt);
  const [pattern] = schema['additionalProperties'] === false ? Object.keys(asObject(schema['patternProperties'])) : [];
  const patterns = [...patternsOf(names), ...(pattern === undefined ? [] : [pattern])];
  const choices = textsIn(names['enum']);
  return choices.length > 0
    ? choices[salt % choices.length]!
    : sampleText(names, patterns, { name: `key${salt + 1}`, salt });
}

function schemaOfKey(schema: JsonObject, key: string): JsonValue | undefined {
  const own = asObject(schema['properties'])[key];
  const fitting = Object.entries(asObject(schema['patternProperties'])).filter(([pattern]) =>
    new RegExp(pattern, 'u').test(key),
  );
  const all = [...(own === undefined ? [] : [own]), ...fitting.map(([, each]) => each)];
  if (all.length === 0) return schema['additionalProperties'] ?? schema['unevaluatedProperties'];
  return all.length === 1 ? all[0] : { allOf: all };
}

function listOf(schema: JsonObject, place: Place): JsonValue[] {
  const first = asList(schema['prefixItems']);
  const rest = schema['items'] ?? schema['unevaluatedItems'];
  const { contains } = schema;
  const containing = contains === undefined ? 0 : numberOr(schema['minContains'], 1);
  const least = Math.max(numberOr(schema['minItems'], 0), first.length + containing);
  const most = rest === false ? first.length : numberOr(schema['maxItems'], Infinity);
  // Deep in something that refers to itself, lists are as short as they may be.
  const usual = place.depth < deepest ? Math.max(2 - place.attempt, 0) : 0;
  const length = Math.min(Math.max(usual, least), most, mostItems);
  return Array.from({ length }, (_, index) => {
    const own = first[index] ?? rest;
    const isContained = index >= first.length && index < first.length + containing;
    const item = isContained ? mergeSchemas([asSchema(own), asSchema(contains)]) : own;
    return valueOf(item, { ...place, depth: place.depth + 1, salt: index });
  });
}

function asSchema(value: JsonValue | undefined): JsonObject {
  return asObject(value);
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function asList(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function numberOr(value: JsonValue | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

function textsIn(value: JsonValue | undefined): string[] {
  return asList(value).filter((each) => typeof each === 'string');
}
