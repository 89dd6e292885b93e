import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { longestInput, sizeText } from '../../domain/source/source-bounds.ts';
import { quoted } from '../source/diagnostic.ts';
import { nearest } from '../../domain/nearest.ts';
import type { InputFile, InputPart, InputType } from '../schema/schema-inputs.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { isStorable } from '../source/storable-text.ts';

/** How deep the value of an input may be nested: a hostile one must not be deeper than the call stack. */
const deepest = 32;

type Read = { value: JsonValue } | { problem: string };

/** The value of an input as its declaration has it, text converted; or what is wrong with it, beginning with what `name` is called. */
export function readInput(name: string, given: JsonValue, declaration: InputFile): Read {
  const type = declaration.type ?? 'string';
  const what = `the input ${quoted(name)}`;
  const value = convert(given, type);
  if (value === undefined) return { problem: `${what} must be ${typeNames[type]}, but is ${shown(given)}` };
  if (!isKept(value, deepest)) return { problem: `${what} holds a text that cannot be kept, or is nested too deep` };
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length > longestInput) return { problem: `${what} is longer than ${sizeText(longestInput)}` };
  const problem = partProblem(what, value, declaration) ?? insideProblem(what, value, declaration);
  return problem === null ? { value } : { problem };
}

/** Bounds of a declaration that say nothing about its type, or that no value can keep, each at its path below the declaration. */
export function boundProblems(declaration: InputFile): { path: ValuePath; problem: string }[] {
  const parts: [ValuePath, InputPart][] = Object.entries(declaration.properties ?? {}).map(([key, part]) => [
    ['properties', key],
    part,
  ]);
  if (declaration.items) parts.push([['items'], declaration.items]);
  return [[[], declaration] as const, ...parts].flatMap(([path, one]) =>
    ownProblems(one).map(({ key, problem }) => ({ path: [...path, key], problem })),
  );
}

function ownProblems(declaration: InputFile): { key: string; problem: string }[] {
  const type = declaration.type ?? 'string';
  const strange = Object.entries(boundsOf).filter(
    ([key, types]) => declaration[key as keyof InputFile] !== undefined && !types.includes(type),
  );
  const crossed = pairs.filter(([least, most]) => (declaration[least] ?? -Infinity) > (declaration[most] ?? Infinity));
  const wrong = (declaration.enum ?? []).filter((one) => convert(one, type) !== one);
  return [
    ...strange.map(([key]) => ({ key, problem: `${key} says nothing about ${typeNames[type]}` })),
    ...crossed.map(([key, most]) => ({ key, problem: `${key} is greater than ${most}` })),
    ...(strange.some(([key]) => key === 'enum') ? [] : wrong).map((one) => ({
      key: 'enum',
      problem: `enum has ${shown(one)}, which is not ${typeNames[type]}`,
    })),
  ];
}

const pairs = [
  ['minimum', 'maximum'],
  ['min_length', 'max_length'],
  ['min_items', 'max_items'],
] as const;

/** What bounds say something about. */
const boundsOf: Readonly<Record<string, readonly InputType[]>> = {
  enum: ['string', 'number', 'integer', 'boolean'],
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  min_length: ['string'],
  max_length: ['string'],
  items: ['array'],
  min_items: ['array'],
  max_items: ['array'],
  properties: ['object'],
};

/** What types are called in messages. */
export const typeNames = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
} as const satisfies Record<InputType, string>;

function convert(value: JsonValue, type: InputType): JsonValue | undefined {
  if (type === 'string') return typeof value === 'string' && isStorable(value) ? value : undefined;
  if (type === 'array') {
    const list = typeof value === 'string' ? toList(value) : value;
    return Array.isArray(list) ? list : undefined;
  }
  if (type === 'object') {
    const group = typeof value === 'string' ? parsed(value) : value;
    return isJsonObject(group) ? group : undefined;
  }
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    return value === 'true' ? true : value === 'false' ? false : undefined;
  }
  return toNumber(value, type);
}

function toNumber(value: JsonValue, type: 'number' | 'integer'): number | undefined {
  const isNumeral = typeof value === 'string' && /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(value.trim());
  const number = typeof value === 'number' ? value : isNumeral ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) return undefined;
  return type === 'integer' && !Number.isSafeInteger(number) ? undefined : number;
}

/** Text of the command line as a list: JSON, or entries with commas between them. */
function toList(text: string): JsonValue | undefined {
  if (text.trimStart().startsWith('[')) return parsed(text);
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '');
}

function parsed(text: string): JsonValue | undefined {
  if (text.length > longestInput) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isKept(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isKept(inner, depth - 1));
}

function partProblem(what: string, value: JsonValue, bounds: InputPart | InputFile): string | null {
  const { enum: allowed, minimum, maximum, min_length: shortest, max_length: longest } = bounds;
  if (allowed !== undefined && !allowed.includes(value as string)) {
    const meant = typeof value === 'string' ? nearest(value, allowed.map(String)) : null;
    const hint = meant === null ? '' : `; did you mean ${quoted(meant)}?`;
    return `${what} must be ${allowed.map(shown).join(' or ')}, but is ${shown(value)}${hint}`;
  }
  if (typeof value === 'number') return outside(`${what} must be`, value, [minimum, maximum]);
  if (typeof value === 'string') return outside(`${what} must have`, value.length, [shortest, longest], ' characters');
  return null;
}

function insideProblem(what: string, value: JsonValue, declaration: InputFile): string | null {
  if (Array.isArray(value)) {
    const { items, min_items: fewest, max_items: most } = declaration;
    const wrong = outside(`${what} must have`, value.length, [fewest, most], ' entries');
    if (wrong !== null || items === undefined) return wrong;
    return first(value.map((entry, index) => [`entry ${index + 1} of ${what}`, entry, items]));
  }
  if (!isJsonObject(value)) return null;
  const known = Object.entries(declaration.properties ?? {});
  return first(
    known.flatMap(([key, part]) =>
      Object.hasOwn(value, key) ? [[`${quoted(key)} of ${what}`, (value as JsonObject)[key]!, part]] : [],
    ),
  );
}

function first(parts: [string, JsonValue, InputPart][]): string | null {
  for (const [what, value, part] of parts) {
    const type = part.type ?? 'string';
    // It came as JSON: text that looks like a number is text.
    if (convert(value, type) !== value) return `${what} must be ${typeNames[type]}, but is ${shown(value)}`;
    const problem = partProblem(what, value, part);
    if (problem !== null) return problem;
  }
  return null;
}

function outside(
  what: string,
  size: number,
  [least, most]: readonly [number | undefined, number | undefined],
  unit = '',
): string | null {
  if (size >= (least ?? -Infinity) && size <= (most ?? Infinity)) return null;
  const range =
    least === undefined ? `at most ${most}` : most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
  return `${what} ${range}${unit}, but ${unit === '' ? 'is' : 'has'} ${size}`;
}

/** A value as a message shows it. */
export function shown(value: JsonValue): string {
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}
