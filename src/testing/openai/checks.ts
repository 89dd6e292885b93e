import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { tableFacts } from '../../domain/money/model-table.ts';

/** A request that the real API would refuse, in its words. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
}

/** Refuses unless something holds. */
export function insist(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Complaint(complaint);
}

/** What of JSON is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses keys that there are not. */
export function insistOnKeys(value: JsonObject, known: readonly string[], at = ''): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  insist(other === undefined, `Unknown parameter: '${at}${other}'.`);
}

const idPattern = /^.{1,64}$/s;
const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** An id of a call, as the API takes it back. */
export function insistOnId(value: JsonValue | undefined, at: string): string {
  insist(typeof value === 'string', `Missing required parameter: '${at}'.`);
  insist(idPattern.test(value), `Invalid '${at}': string too long. Expected a string with maximum length 64.`);
  return value;
}

/** A name of a function. */
export function insistOnName(value: JsonValue | undefined, at: string): string {
  insist(typeof value === 'string', `Missing required parameter: '${at}'.`);
  insist(namePattern.test(value), `Invalid '${at}': string does not match pattern. Expected '${namePattern.source}'.`);
  return value;
}

/** Arguments of a call, which the API wants back as JSON. */
export function insistOnArguments(value: JsonValue | undefined, at: string): JsonObject {
  insist(typeof value === 'string', `Missing required parameter: '${at}'.`);
  let parsed: JsonValue = null;
  try {
    parsed = JSON.parse(value) as JsonValue;
  } catch {
    // Told below.
  }
  insist(isObject(parsed), `Invalid '${at}': expected a JSON object as a string.`);
  return parsed;
}

/** A limit of the answer's tokens. */
export function insistOnLimit(
  value: JsonValue | undefined,
  name: string,
  { model, least }: { model: string; least: number },
): number {
  if (value === undefined || value === null) return 4096;
  insist(Number.isInteger(value), `Invalid type for '${name}': expected an integer.`);
  const asked = value as number;
  insist(
    asked >= least,
    `Invalid '${name}': integer below minimum value. Expected a value >= ${least}, but got ${asked}.`,
  );
  const most = tableFacts(model)?.maxOutput ?? Infinity;
  insist(asked <= most, `${name} is too large: ${asked}. This model supports at most ${most} completion tokens.`);
  return asked;
}

/** Whether a model thinks before it answers. */
export function isThinking(model: string): boolean {
  return /^(o[1-9]|gpt-[5-9])/.test(model) && !/-chat\b/.test(model);
}

/** Refuses a schema that strict mode does not take. */
export function insistOnStrict(schema: JsonValue | undefined, what: string): void {
  const problem =
    isObject(schema) && schema['type'] === 'object' ? strictProblem(schema, []) : 'schema must be an object';
  insist(problem === null, `Invalid schema for ${what}: ${problem}.`);
}

const unsupported = [
  ...['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'patternProperties', 'dependentRequired', 'dependentSchemas'],
  ...['minLength', 'maxLength', 'default', 'uniqueItems', 'propertyNames', 'minProperties', 'maxProperties'],
];

function strictProblem(schema: JsonObject, path: string[]): string | null {
  const at = `In context=(${path.map((part) => `'${part}'`).join(', ')})`;
  const other = unsupported.find((key) => Object.hasOwn(schema, key));
  if (other !== undefined) return `${at}, '${other}' is not permitted`;
  const { properties, required, items, anyOf } = schema;
  if (schema['type'] === 'object' || properties !== undefined) {
    if (schema['additionalProperties'] !== false)
      return `${at}, 'additionalProperties' is required to be supplied and to be false`;
    const names = isObject(properties) ? Object.keys(properties) : [];
    const missing = names.find((name) => !(Array.isArray(required) && required.includes(name)));
    if (missing !== undefined)
      return `${at}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'`;
  }
  const inner: [string, JsonValue | undefined][] = [
    ...Object.entries(isObject(properties) ? properties : {}),
    ['items', items],
    ...(Array.isArray(anyOf) ? anyOf : []).map((each, place): [string, JsonValue] => [`${place}`, each]),
  ];
  if (schema['type'] === 'array' && !isObject(items)) return `${at}, array schema missing items`;
  if (
    schema['type'] === undefined &&
    anyOf === undefined &&
    schema['enum'] === undefined &&
    schema['const'] === undefined
  )
    return `${at}, schema must have a 'type' key`;
  for (const [name, each] of inner) {
    const problem = isObject(each) ? strictProblem(each, [...path, name]) : null;
    if (problem !== null) return problem;
  }
  return null;
}

/** Refuses a schema of the answer, and models that take none. */
export function insistOnFormat(format: JsonObject, at: string, model: string): void {
  insistOnKeys(format, ['type', 'name', 'description', 'schema', 'strict'], `${at}.`);
  insist(
    !/^gpt-(3\.5|4($|-))/.test(model),
    `Invalid parameter: '${at}' of type 'json_schema' is not supported with this model.`,
  );
  insistOnName(format['name'], `${at}.name`);
  if (format['strict'] === true) insistOnStrict(format['schema'], `response_format '${word(format['name'])}'`);
}

/** A value as complaints name it. */
export function word(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
