/*
 * A form of a workflow's inputs. The service alone says what is wrong with a value; here is no more than how one is written down.
 * Every value is a text meanwhile: what somebody types is not lost because it is none yet.
 */
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';

/** How one value is asked for. */
type InputKind = 'text' | 'number' | 'yes-no' | 'choice' | 'list' | 'choices' | 'group' | 'json';

/** One input of a form. */
export interface InputField {
  /** As the texts have it; of a part of a group not its own name alone. */
  key: string;
  name: string;
  kind: InputKind;
  description: string;
  isRequired: boolean;
  /** What stands there at first, and what it means when it is not changed: nothing is sent then. */
  initial: string;
  /** Of a choice. */
  options: readonly JsonValue[];
  /** Bounds in words. */
  bounds: string;
  isLong: boolean;
  isWhole: boolean;
  /** Of a group: its parts. Of a list: what each entry is. */
  parts: readonly InputField[];
}

/** What is written in a form, by key. */
export type Texts = Readonly<Record<string, string>>;

type Declared = Readonly<Record<string, JsonValue | undefined>>;

/** The fields of inputs as a file declares them. */
export function fieldsOf(inputs: JsonObject): InputField[] {
  return Object.entries(inputs).map(([name, declared]) => fieldOf(name, name, isObject(declared) ? declared : {}));
}

/** What stands in a form at first; with `values` those of an earlier run. */
export function textsOf(fields: readonly InputField[], values: JsonObject = {}): Record<string, string> {
  const texts: [string, string][] = fields.flatMap((field) => {
    const value = Object.hasOwn(values, field.name) ? values[field.name]! : undefined;
    if (field.kind !== 'group')
      return [[field.key, value === undefined || value === null ? field.initial : toText(value, field)]];
    return Object.entries(textsOf(field.parts, isObject(value) ? value : {}));
  });
  return Object.fromEntries(texts);
}

/** What a form says: values to send, and what cannot be sent, by key. */
export function valuesOf(
  fields: readonly InputField[],
  texts: Texts,
): { values: JsonObject; wrongs: Record<string, string> } {
  const values: JsonObject = {};
  const wrongs: Record<string, string> = {};
  for (const field of fields) {
    if (field.kind === 'group') {
      const inside = valuesOf(field.parts, texts);
      Object.assign(wrongs, inside.wrongs);
      if (Object.keys(inside.values).length > 0 || field.isRequired) values[field.name] = inside.values;
      continue;
    }
    const text = texts[field.key] ?? field.initial;
    if (text === field.initial || !isGiven(field, text)) continue;
    const read = toValue(text, field);
    if ('wrong' in read) wrongs[field.key] = read.wrong;
    else values[field.name] = read.value;
  }
  return { values, wrongs };
}

// An empty text is a value only where something else would stand there otherwise.
function isGiven({ kind, initial }: InputField, text: string): boolean {
  return text.trim() !== '' || (initial !== '' && (kind === 'text' || kind === 'list' || kind === 'choices'));
}

function fieldOf(key: string, name: string, declared: Declared): InputField {
  const { default: otherwise, required, properties, items, enum: allowed } = declared;
  const type = typeof declared['type'] === 'string' ? declared['type'] : 'string';
  const ofItems = isObject(items) ? items : {};
  const options = listOf(type === 'array' ? ofItems['enum'] : allowed);
  const parts = partsOf(key, { type, properties, items, otherwise });
  const kind = kindOf(type, { hasOptions: options.length > 0, hasParts: parts.length > 0 });
  const field = {
    ...{ key, name, kind, options, parts, bounds: boundsOf(declared), isWhole: type === 'integer' },
    description: typeof declared['description'] === 'string' ? declared['description'] : '',
    isRequired: otherwise === undefined && required !== false,
    isLong: typeof declared['max_length'] !== 'number' || declared['max_length'] > 200,
  };
  const initial = otherwise === undefined || otherwise === null ? '' : toText(otherwise, field);
  return { ...field, initial };
}

function kindOf(type: string, { hasOptions, hasParts }: { hasOptions: boolean; hasParts: boolean }): InputKind {
  if (type === 'array') return hasOptions ? 'choices' : hasParts ? 'list' : 'json';
  if (type === 'object') return hasParts ? 'group' : 'json';
  if (hasOptions) return 'choice';
  return type === 'boolean' ? 'yes-no' : type === 'number' || type === 'integer' ? 'number' : 'text';
}

interface Within {
  type: string;
  properties: JsonValue | undefined;
  items: JsonValue | undefined;
  otherwise: JsonValue | undefined;
}

function partsOf(key: string, { type, properties, items, otherwise }: Within): InputField[] {
  if (type === 'array') return [fieldOf(`${key}\u0000`, 'entry', isObject(items) ? items : {})];
  // What has other keys, too, is written as a whole.
  if (type !== 'object' || !isObject(properties) || (isObject(otherwise) && Object.keys(otherwise).length > 0))
    return [];
  return Object.entries(properties).map(([name, part]) => ({
    ...fieldOf(`${key}\u0000${name}`, name, isObject(part) ? part : {}),
    isRequired: false,
  }));
}

function boundsOf(declared: Declared): string {
  const [least, most] = [declared['minimum'], declared['maximum']];
  const number = between(least, most, '');
  const length = between(
    declared['min_length'],
    Number(declared['max_length']) <= 200 ? declared['max_length'] : undefined,
    ' characters',
  );
  return [number, length, between(declared['min_items'], declared['max_items'], ' entries')].filter(Boolean).join(', ');
}

function between(least: JsonValue | undefined, most: JsonValue | undefined, unit: string): string {
  if (typeof least === 'number' && typeof most === 'number') return `${least} to ${most}${unit}`;
  if (typeof least === 'number') return `at least ${least}${unit}`;
  return typeof most === 'number' ? `at most ${most}${unit}` : '';
}

function toText(value: JsonValue, { kind }: Pick<InputField, 'kind'>): string {
  if ((kind === 'list' || kind === 'choices') && Array.isArray(value)) return value.map(plainText).join('\n');
  return kind === 'json' ? JSON.stringify(value, null, 2) : plainText(value);
}

function plainText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toValue(text: string, field: InputField): { value: JsonValue } | { wrong: string } {
  const { kind, options, parts } = field;
  if (kind === 'choice') return { value: optionOf(options, text) };
  if (kind === 'number') return { value: numberIn(text) };
  if (kind === 'yes-no') return { value: text === 'true' };
  if (kind === 'text') return { value: text };
  if (kind === 'json') return parse(text);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (kind === 'choices') return { value: lines.map((line) => optionOf(options, line)) };
  const [entry] = parts;
  return {
    value: lines.map((line) =>
      entry?.kind === 'number'
        ? numberIn(line)
        : entry?.kind === 'yes-no'
          ? line.trim() === 'true'
            ? true
            : line.trim() === 'false'
              ? false
              : line
          : line,
    ),
  };
}

function optionOf(options: readonly JsonValue[], text: string): JsonValue {
  return options.find((option) => plainText(option) === text) ?? text;
}

// What is no number goes as it is: the service says so, in words of its own.
function numberIn(text: string): JsonValue {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : text;
}

function parse(text: string): { value: JsonValue } | { wrong: string } {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch (error) {
    return { wrong: `This is no JSON: ${(error as Error).message}` };
  }
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
