import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import { nearestHint } from '../source/nearest.ts';
import type { InputFile } from '../schema/schema.ts';
import { inputSchema } from '../schema/schema.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { isStorable } from '../source/storable-text.ts';

/** Longest value of one input, in characters. */
const maxInputLength = 64 * 1024;

/** The inputs of a run: every declared one has a value, null when it is optional and was not given. */
export interface ResolvedInputs {
  names: string[];
  values: Record<string, JsonValue>;
  diagnostics: Diagnostic[];
}

/**
 * Checks what was given against what is declared, and fills in defaults.
 *
 * Text is converted by the declared type, as the command line has only text. Values are data: nothing looks inside them.
 */
export function resolveInputs(document: SourceDocument, given: Readonly<Record<string, JsonValue>>): ResolvedInputs {
  const root = isJsonObject(document.value) ? document.value['inputs'] : undefined;
  const declared: JsonObject = isJsonObject(root) ? root : {};
  const names = Object.keys(declared);
  const diagnostics = Object.keys(given)
    .filter((name) => !Object.hasOwn(declared, name))
    .map((name) => undeclared(document, name, names));
  const values: [string, JsonValue][] = [];
  for (const name of names) {
    const declaration = inputSchema.safeParse(declared[name]);
    // What is wrong with the declaration itself is reported by the schema.
    if (!declaration.success) continue;
    const result = resolveInput(document, name, declaration.data, Object.hasOwn(given, name) ? given[name] : undefined);
    if ('value' in result) values.push([name, result.value]);
    else diagnostics.push(result.problem);
  }
  return { names, values: Object.fromEntries(values), diagnostics };
}

type Resolution = { value: JsonValue } | { problem: Diagnostic };

function resolveInput(
  document: SourceDocument,
  name: string,
  declaration: InputFile,
  given: JsonValue | undefined,
): Resolution {
  const type = declaration.type ?? 'string';
  // Only the command line has nothing but text; a default in the file has its own type.
  if (typeof declaration.default === 'string' && type !== 'string') {
    return badDefault(document, name, type, declaration.default);
  }
  const chosen = given ?? declaration.default;
  if (chosen === undefined) {
    if (declaration.required === false) return { value: null };
    const message = `the input ${quoted(name)} is required and was not given`;
    const hint = `give it: \`inputs.${name}\``;
    return { problem: document.diagnostic(['inputs', name], { code: 'missing-input', message, hint, on: 'key' }) };
  }
  const read = readInput(name, chosen, type);
  if ('value' in read) return read;
  if (given === undefined || given === null) return badDefault(document, name, type, chosen);
  return { problem: document.diagnostic(['inputs', name], { code: 'bad-input', message: read.problem, on: 'key' }) };
}

/** The value of an input as its type has it, text converted; or what is wrong with it. */
export function readInput(
  name: string,
  given: JsonValue,
  type: keyof typeof typeNames,
): { value: string | number | boolean } | { problem: string } {
  const value = convert(given, type);
  if (value === undefined) {
    return { problem: `the input ${quoted(name)} must be ${typeNames[type]}, but is ${shown(given)}` };
  }
  if (String(value).length <= maxInputLength) return { value };
  return { problem: `the input ${quoted(name)} is longer than ${maxInputLength / 1024} KB` };
}

const typeNames = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
} as const;

function convert(value: JsonValue, type: keyof typeof typeNames): string | number | boolean | undefined {
  if (type === 'string') return typeof value === 'string' && isStorable(value) ? value : undefined;
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    return value === 'true' ? true : value === 'false' ? false : undefined;
  }
  const isNumeral = typeof value === 'string' && /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(value.trim());
  const number = typeof value === 'number' ? value : isNumeral ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) return undefined;
  return type === 'integer' && !Number.isSafeInteger(number) ? undefined : number;
}

function badDefault(
  document: SourceDocument,
  name: string,
  type: keyof typeof typeNames,
  value: JsonValue,
): Resolution {
  const message = `the default of input ${quoted(name)} must be ${typeNames[type]}, but is ${shown(value)}`;
  return { problem: document.diagnostic(['inputs', name, 'default'], { code: 'bad-value', message }) };
}

function undeclared(document: SourceDocument, name: string, names: string[]): Diagnostic {
  const message = `the input ${quoted(name)} was given, but ${document.name} does not declare it`;
  const hint = names.length === 0 ? `declare it under "inputs", or leave it out` : nearestHint(name, names);
  const place = { file: document.name, line: null, column: null, path: '', frame: null };
  return { severity: 'error', code: 'unknown-input', message, hint, ...place };
}

function shown(value: JsonValue): string {
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}
