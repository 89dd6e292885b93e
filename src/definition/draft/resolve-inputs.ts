import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { InputFile } from '../schema/schema-inputs.ts';
import { boundProblems, readInput, shown, typeNames } from './input-values.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** The inputs of a run: every declared one has a value, null when it is optional and was not given. */
export interface ResolvedInputs {
  names: string[];
  values: Record<string, JsonValue>;
  /** Declarations of those whose values only the run around it will know; left out: there are none. */
  open?: Record<string, JsonObject>;
  diagnostics: Diagnostic[];
}

/** A declaration as it is meant; undefined: it is none, which somebody else says. */
export type ReadDeclaration = (declared: JsonValue | undefined) => InputFile | undefined;

/**
 * Checks what was given against what is declared, and fills in defaults.
 *
 * Text is converted by the declared type, as the command line has only text. Values are data: nothing looks inside them.
 * `later`: inputs that get their values when the run is there.
 */
export function resolveDeclared(
  document: SourceDocument,
  read: ReadDeclaration,
  given: Readonly<Record<string, JsonValue>>,
  later: readonly string[] = [],
): ResolvedInputs {
  const root = isJsonObject(document.value) ? document.value['inputs'] : undefined;
  const declared: JsonObject = isJsonObject(root) ? root : {};
  const names = Object.keys(declared);
  const diagnostics = [...Object.keys(given), ...later]
    .filter((name) => !Object.hasOwn(declared, name))
    .map((name) => undeclared(document, name, names));
  const values: [string, JsonValue][] = [];
  const open: [string, JsonObject][] = [];
  for (const name of names) {
    const declaration = read(declared[name]);
    if (!declaration) continue;
    const strange = boundProblems(declaration);
    for (const { path, problem: message } of strange) {
      diagnostics.push(document.diagnostic(['inputs', name, ...path], { code: 'bad-value', message, on: 'key' }));
    }
    if (strange.length > 0) continue;
    if (later.includes(name)) {
      open.push([name, declared[name] as JsonObject]);
      continue;
    }
    const result = resolveInput(document, name, declaration, Object.hasOwn(given, name) ? given[name] : undefined);
    if ('value' in result) values.push([name, result.value]);
    else diagnostics.push(result.problem);
  }
  const known = { names, values: Object.fromEntries(values), diagnostics };
  return open.length === 0 ? known : { ...known, open: Object.fromEntries(open) };
}

type Resolution = { value: JsonValue } | { problem: Diagnostic };

function resolveInput(
  document: SourceDocument,
  name: string,
  declaration: InputFile,
  given: JsonValue | undefined,
): Resolution {
  const { type = 'string', default: otherwise } = declaration;
  // Only the command line has nothing but text; a default in the file has its own type.
  if (typeof otherwise === 'string' && type !== 'string') return badDefault(document, name, { type, value: otherwise });
  const chosen = given ?? otherwise;
  if (chosen === undefined) {
    if (declaration.required === false) return { value: null };
    const message = `the input ${quoted(name)} is required and was not given`;
    const hint = `give it: \`inputs.${name}\``;
    return { problem: document.diagnostic(['inputs', name], { code: 'missing-input', message, hint, on: 'key' }) };
  }
  const read = readInput(name, chosen, declaration);
  if ('value' in read) return read;
  if (given === undefined || given === null) {
    return badDefault(document, name, { type, value: chosen, problem: read.problem });
  }
  return { problem: document.diagnostic(['inputs', name], { code: 'bad-input', message: read.problem, on: 'key' }) };
}

/** A default that its own declaration does not allow; where a format has no defaults, it is what was given. */
function badDefault(
  document: SourceDocument,
  name: string,
  { type, value, problem }: { type: keyof typeof typeNames; value: JsonValue; problem?: string },
): Resolution {
  const message = problem ?? `the input ${quoted(name)} must be ${typeNames[type]}, but is ${shown(value)}`;
  const said = document.wordFor('default') === null ? message : message.replace(/the input/, 'the default of input');
  const isOtherKind = typeof value === 'object' && type !== 'array' && type !== 'object';
  const code = isOtherKind ? 'wrong-type' : 'bad-value';
  return { problem: document.diagnostic(['inputs', name, 'default'], { code, message: said }) };
}

function undeclared(document: SourceDocument, name: string, names: string[]): Diagnostic {
  const message = `the input ${quoted(name)} was given, but ${document.name} does not declare it`;
  const hint = names.length === 0 ? `declare it under "inputs", or leave it out` : nearestHint(name, names);
  const place = { file: document.name, line: null, column: null, path: '', frame: null };
  return { severity: 'error', code: 'unknown-input', message, hint, ...place };
}
