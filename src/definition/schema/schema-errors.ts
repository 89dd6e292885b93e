import type { z } from 'zod';
import type { JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { ForeignWords } from './foreign-words.ts';
import { meaningOf } from './foreign-words.ts';
import { nearest, nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

type Issue = z.core.$ZodIssue;

/** What messages need to know about the format: the keys of an object, and those that come later. */
export interface FormatKnowledge {
  keysAt(path: ValuePath): { live: string[]; planned: string[]; words?: ForeignWords };
}

/** What zod found wrong, in words for the author of the document, each at its place. */
export function schemaDiagnostics(document: SourceDocument, error: z.ZodError, format: FormatKnowledge): Diagnostic[] {
  const found = error.issues.flatMap((issue) => toDiagnostics(document, issue, format));
  const seen = new Set<string>();
  return found.filter(({ path, code, message }) => {
    const key = JSON.stringify([path, code, message]);
    return !seen.has(key) && seen.add(key);
  });
}

function toDiagnostics(document: SourceDocument, issue: Issue, format: FormatKnowledge): Diagnostic[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(document, [...path, key], format));
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues;
    const name = String(path.at(-1));
    const size = inner ? sizeMessage(inner, name) : null;
    const message = size === null ? `${quoted(name)}: ${ownWords(inner?.message)}` : `${quoted(name)} ${size}`;
    return [document.diagnostic(path, { code: 'bad-name', message, on: 'key' })];
  }
  const value = document.valueAt(path);
  if (value === undefined) return missingKey(document, path, format);
  const name = path.length === 0 ? 'the whole definition' : document.nameOf(path);
  if (issue.code === 'invalid_union') {
    const meant = meantIssues(issue.errors, value);
    if (meant) return meant.flatMap((one) => toDiagnostics(document, at(issue.path, one), format));
    const message = `${name} must be ${listOf(issue.errors.flatMap(rootKinds))}, but is ${kindOf(value)}`;
    return [document.diagnostic(path, { code: 'wrong-type', message })];
  }
  if (issue.code === 'invalid_type') {
    const message = `${name} must be ${typeName(issue.expected)}, but is ${kindOf(value)}`;
    return [
      document.diagnostic(path, { code: 'wrong-type', message, hint: typeHint(issue, value, document.fileOf(path)) }),
    ];
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const message = `${name} must be ${allowed.join(' or ')}, but is ${shown(value)}`;
    const hint = typeof value === 'string' && allowed.length > 1 ? nearestHint(value, allowed) : null;
    return [document.diagnostic(path, { code: 'bad-value', message, hint })];
  }
  const code = issue.code === 'custom' && typeof issue.params?.code === 'string' ? issue.params.code : 'bad-value';
  const size = sizeMessage(issue, value);
  return [
    document.diagnostic(path, {
      code,
      message: size === null ? `${name}: ${ownWords(issue.message)}` : `${name} ${size}`,
    }),
  ];
}

/** What is wrong with the alternative of a union that the author most likely meant; null when the value is of no kind that fits. */
function meantIssues(alternatives: Issue[][], value: JsonValue): Issue[] | null {
  const isAtRoot = ({ path }: Issue): boolean => path.length === 0;
  const fitting = alternatives.filter((issues) => !issues.some((one) => isAtRoot(one) && isKindIssue(one)));
  if (fitting.length > 0) return fitting.toSorted((a, b) => a.length - b.length)[0]!;
  const words = alternatives.flat().filter((one) => isAtRoot(one) && one.code === 'invalid_value');
  return typeof value === 'string' && words.length > 0 ? words.slice(0, 1) : null;
}

function isKindIssue({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union';
}

function rootKinds(issues: Issue[]): string[] {
  return issues
    .filter(({ path }) => path.length === 0)
    .flatMap((issue) => {
      if (issue.code === 'invalid_type') return [typeName(issue.expected)];
      if (issue.code === 'invalid_union') return issue.errors.flatMap(rootKinds);
      return issue.code === 'invalid_value' ? issue.values.map(String) : [];
    });
}

function listOf(kinds: string[]): string {
  const different = [...new Set(kinds)];
  if (different.length < 2) return different.join('');
  return `${different.slice(0, -1).join(', ')}${different.length > 2 ? ',' : ''} or ${different.at(-1)}`;
}

function at(path: PropertyKey[], issue: Issue): Issue {
  return { ...issue, path: [...path, ...issue.path] };
}

function unknownKey(document: SourceDocument, path: ValuePath, format: FormatKnowledge): Diagnostic {
  const key = String(path.at(-1));
  const { live, planned, words = {} } = format.keysAt(path.slice(0, -1));
  if (planned.includes(key)) {
    const hint = 'this version does not run it: leave it out';
    return document.diagnostic(path, {
      code: 'not-supported-yet',
      message: `not supported yet: ${key}`,
      hint,
      on: 'key',
    });
  }
  const parent = path.length > 1 ? ` in ${document.nameOf(path.slice(0, -1))}` : '';
  if (live.includes(key)) {
    const message = `the key ${quoted(key)} does not go with the others${parent}`;
    return document.diagnostic(path, { code: 'unknown-key', message, hint: 'keep one kind', on: 'key' });
  }
  const message = `unknown key ${quoted(key)}${parent}`;
  const hint = meaningOf(key, words)?.hint ?? nearestHint(key, live);
  return document.diagnostic(path, { code: 'unknown-key', message, hint, on: 'key' });
}

/** A key that has to be there and is not. */
export function missingKey(document: SourceDocument, path: ValuePath, format: FormatKnowledge): Diagnostic[] {
  const key = String(path.at(-1));
  const parentPath = path.slice(0, -1);
  const parent = document.valueAt(parentPath);
  const { live, planned, words = {} } = format.keysAt(parentPath);
  if (isJsonObject(parent)) {
    // A mistyped key is reported as such; that the right one is missing would only repeat it.
    const unknown = Object.keys(parent).filter((name) => !live.includes(name));
    const meant = (name: string): string | null => meaningOf(name, words)?.key ?? nearest(name, live);
    if (unknown.some((name) => !planned.includes(name) && meant(name) === key)) return [];
    if (key === 'phases' && unknown.some((name) => meant(name) === 'tasks')) return [];
  }
  const place = parentPath.length > 0 ? ` in ${document.nameOf(parentPath)}` : '';
  return [
    document.diagnostic(parentPath, {
      code: 'missing-key',
      message: `the key "${document.wordFor(key) ?? key}" is missing${place}`,
    }),
  ];
}

// Where a rule of the schema has no sentence of ours, the library makes one for programmers.
function ownWords(message = ''): string {
  return message === '' || /^(?:Invalid|Too (?:small|big)|Unrecognized|Expected)\b/.test(message)
    ? 'this is not of the form that it must have'
    : message;
}

function sizeMessage(issue: Issue, value: JsonValue): string | null {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return null;
  const isSmall = issue.code === 'too_small';
  const bound = isSmall ? issue.minimum : issue.maximum;
  if (Array.isArray(value)) return isSmall ? `must have at least ${bound} entry` : `must have at most ${bound} entries`;
  if (typeof value === 'string') {
    return isSmall ? 'must not be empty' : `must have at most ${bound} characters, but has ${value.length}`;
  }
  const word = isSmall ? (issue.inclusive ? 'at least' : 'more than') : 'at most';
  return `must be ${word} ${bound}, but is ${shown(value)}`;
}

function typeHint(issue: Issue, value: JsonValue, file: string): string | null {
  if (issue.code !== 'invalid_type') return null;
  if (
    typeof value === 'number' &&
    ['timeout', 'backoff', 'deadline', 'remind', 'after'].includes(String(issue.path.at(-1)))
  ) {
    return `add the unit: ${value}s, ${value}m or ${value}h`;
  }
  if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `put it in quotes: "${String(value)}"`;
  }
  if (issue.expected === 'array') {
    if (!/\.json$/i.test(file)) return 'begin each entry with "- "';
    return typeof value === 'string' ? `put it in brackets: [${shown(value)}]` : 'a list stands in brackets: [ … ]';
  }
  if (typeof value === 'string' && issue.expected === 'boolean') return 'true or false, without quotes';
  return typeof value === 'string' && (issue.expected === 'number' || issue.expected === 'int')
    ? 'a number stands without quotes'
    : null;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a group of keys',
    record: 'a group of keys',
  };
  return names[expected] ?? expected;
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  return typeof value === 'string' ? `text (${shown(value)})` : shown(value);
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value).slice(0, 60);
}
