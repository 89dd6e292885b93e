import type { JsonObject, JsonValue } from '../../../src/domain/json.ts';

/** A field of a tool's input. `text`: one line; `long`: several; `json`: anything else, as JSON. */
export interface InputField {
  name: string;
  kind: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'json';
  hint: string | null;
  isRequired: boolean;
  choices: string[];
}

/** The fields of a tool's input: those that its schema has, and what else the call brings. */
export function fieldsOf(schema: JsonObject | null, input: JsonObject): InputField[] {
  const properties = asObject(schema?.['properties']);
  const required = Array.isArray(schema?.['required']) ? schema['required'] : [];
  const named = Object.keys(input).filter((name) => !Object.hasOwn(properties, name));
  const known = Object.keys(properties).filter((name) => Object.hasOwn(input, name) || required.includes(name));
  const rest = Object.keys(properties).filter((name) => !known.includes(name));
  return [...known, ...named, ...rest].map((name) => fieldOf(name, asObject(properties[name]), { input, required }));
}

function fieldOf(
  name: string,
  schema: JsonObject,
  { input, required }: { input: JsonObject; required: readonly JsonValue[] },
): InputField {
  const value = input[name];
  const choices = Array.isArray(schema['enum']) ? schema['enum'].filter((each) => typeof each === 'string') : [];
  const hint = typeof schema['description'] === 'string' ? schema['description'] : null;
  return { name, kind: kindOf(schema, value, choices), hint, isRequired: required.includes(name), choices };
}

const longText = 60;

function kindOf(schema: JsonObject, value: JsonValue | undefined, choices: readonly string[]): InputField['kind'] {
  if (choices.length > 0 && (value === undefined || (typeof value === 'string' && choices.includes(value))))
    return 'choice';
  const type = schema['type'] ?? (value === undefined ? 'string' : typeof value);
  if (value !== undefined && value !== null && typeof value !== (type === 'integer' ? 'number' : type)) return 'json';
  if (type === 'boolean') return 'boolean';
  if (type === 'number' || type === 'integer') return 'number';
  if (type !== 'string') return 'json';
  const isLong = typeof value === 'string' && (value.length > longText || value.includes('\n'));
  return isLong || Number(schema['maxLength'] ?? 0) > 5000 ? 'long' : 'text';
}

/** What stands in a field for a value; empty: it is left out. */
export function toText(field: InputField, value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' && field.kind !== 'json' ? value : JSON.stringify(value, null, 2);
}

/**
 * The input that fields say. A text that was empty and is, is left out; one that somebody emptied is an empty text.
 *
 * @returns `problems` by field where one cannot be meant
 */
export function readFields(
  fields: readonly InputField[],
  texts: Readonly<Record<string, string>>,
  before: JsonObject,
): { input: JsonObject; problems: Record<string, string> } {
  const input: JsonObject = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    const isText = field.kind === 'text' || field.kind === 'long' || field.kind === 'choice';
    if (text === '' && !(isText && Object.hasOwn(before, field.name) && field.kind !== 'choice')) {
      if (field.isRequired) problems[field.name] = 'It is needed.';
      continue;
    }
    const read = isText ? { value: text } : readJson(field, text);
    if ('value' in read) input[field.name] = read.value;
    else problems[field.name] = read.problem;
  }
  return { input, problems };
}

function readJson({ kind }: InputField, text: string): { value: JsonValue } | { problem: string } {
  try {
    const value = JSON.parse(text) as JsonValue;
    if (kind === 'number' && typeof value !== 'number') return { problem: 'A number is needed.' };
    return { value };
  } catch (error) {
    return { problem: kind === 'number' ? 'A number is needed.' : `It is not JSON: ${(error as Error).message}` };
  }
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
