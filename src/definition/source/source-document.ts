import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { SourceText } from './source-text.ts';

/** Where a value stands in its text, and the values inside it. */
export interface SourceNode {
  start: number;
  end: number;
  children: Map<string | number, { keyStart: number; node: SourceNode }>;
}

/** Where a value is: keys and indexes from the root. */
export type ValuePath = readonly (string | number)[];

/** What is wrong with a value. */
export interface Problem {
  code: string;
  message: string;
  hint?: string | null;
  severity?: Diagnostic['severity'];
  on?: 'key' | 'value';
  inside?: TextPlace;
}

/** A value as the user gave it, with the way back to its place: a position in a text, or only a path for inline definitions. */
export class SourceDocument {
  readonly value: JsonValue;
  /** Name of the file, or what else the value is called in messages. */
  readonly name: string;
  readonly #source: SourceText | null;
  readonly #root: SourceNode | null;

  constructor(name: string, value: JsonValue, located: { source: SourceText; root: SourceNode } | null) {
    this.name = name;
    this.value = value;
    this.#source = located?.source ?? null;
    this.#root = located?.root ?? null;
  }

  /**
   * A diagnostic about the value at `path`, or, with `on: 'key'`, about its key; where there is none, about what would hold it.
   *
   * `inside` moves it into the value's text: behind the nth occurrence (from 0) of `needle` (null: to its beginning), and past the text `past`.
   * Without `past` it stays on the needle.
   */
  diagnostic(path: ValuePath, what: Problem): Diagnostic {
    const { on = 'value', inside, ...rest } = what;
    if (!this.#source || !this.#root) {
      const { severity = 'error', hint = null, code, message } = rest;
      const place = { file: this.name, line: null, column: null, frame: null };
      return { severity, code, message, path: formatPath(path), hint, ...place };
    }
    let offset = this.#offsetOf(this.#root, path, on);
    if (inside) offset = this.#placeInside(path, inside) ?? offset;
    return this.#source.diagnostic(offset, { ...rest, path: formatPath(path) });
  }

  /** Name of the text that a value stands in. */
  fileOf(_path: ValuePath): string {
    return this.name;
  }

  /** What messages call the value at a path. */
  nameOf(path: ValuePath): string {
    return formatPath(path);
  }

  /** What messages call a key of the workflow file; null: there is no such key here. */
  wordFor(key: string): string | null {
    return key;
  }

  /** The same places with another value of the same shape. */
  withValue(value: JsonValue): SourceDocument {
    const located = this.#source && this.#root ? { source: this.#source, root: this.#root } : null;
    return new SourceDocument(this.name, value, located);
  }

  /** The same with other names for keys at its top, places kept; of two keys that become one, both stay as they are. */
  renamed(nameOf: (key: string) => string): SourceDocument {
    const { value } = this;
    if (!isJsonObject(value)) return this;
    const keys = Object.keys(value);
    const names = new Map(keys.map((key) => [key, nameOf(key)]));
    const isOnce = (name: string): boolean => keys.filter((key) => names.get(key) === name).length === 1;
    const named = (key: string): string => (isOnce(names.get(key)!) ? names.get(key)! : key);
    const renamed = Object.fromEntries(keys.map((key) => [named(key), value[key]!]));
    if (!this.#source || !this.#root) return new SourceDocument(this.name, renamed, null);
    const children = new Map([...this.#root.children].map(([key, child]) => [named(String(key)), child]));
    return new SourceDocument(this.name, renamed, { source: this.#source, root: { ...this.#root, children } });
  }

  /** The value at a path; undefined when there is none. */
  valueAt(path: ValuePath): JsonValue | undefined {
    let value: JsonValue | undefined = this.value;
    for (const step of path) {
      if (Array.isArray(value)) value = value[Number(step)];
      else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step];
      else return undefined;
    }
    return value;
  }

  #offsetOf(root: SourceNode, path: ValuePath, on: 'key' | 'value'): number {
    let node = root;
    let offset = root.start;
    for (const step of path) {
      const child = node.children.get(step);
      if (!child) break;
      node = child.node;
      offset = on === 'key' ? child.keyStart : node.start;
    }
    return offset;
  }

  #placeInside(path: ValuePath, { needle, nth, past }: TextPlace): number | null {
    let node: SourceNode | undefined = this.#root ?? undefined;
    for (const step of path) node = node?.children.get(step)?.node;
    if (!node || !this.#source) return null;
    const text = this.#source.text.slice(node.start, node.end);
    if (needle === null) return node.start + skipPast(text, headerLength(text), past ?? '');
    let at = text.indexOf(needle);
    for (let count = 0; count < nth && at !== -1; count++) at = text.indexOf(needle, at + needle.length);
    if (at === -1) return null;
    return node.start + (past === undefined ? at : skipPast(text, at + needle.length, past));
  }
}

/** A place inside of a value's text. */
interface TextPlace {
  needle: string | null;
  nth: number;
  past?: string;
}

/** What stands before a value's own text: a quote, or the first line of a block. */
function headerLength(raw: string): number {
  return /^(?:["']|[|>][^\n]*\n)?/.exec(raw)![0].length;
}

/** Goes along a raw text as far as `past` reaches, which is the same text without escapes and indentation. */
function skipPast(raw: string, from: number, past: string): number {
  let at = from;
  const blank = /\s/;
  for (const character of past) {
    if (blank.test(character)) {
      while (at < raw.length && blank.test(raw[at]!)) at++;
      continue;
    }
    while (at < raw.length && raw[at] !== character && blank.test(raw[at]!)) at++;
    if (raw[at] === '\\') at += { x: 4, u: 6, U: 10 }[raw[at + 1] ?? ''] ?? 2;
    else if (raw[at] === "'" && raw[at + 1] === "'" && raw[0] === "'") at += 2;
    else at += character.length;
  }
  return Math.min(at, raw.length);
}

/** Whether a JSON value is an object (not a list, not null). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `phases[0].tasks[1].prompt`. */
export function formatPath(path: ValuePath): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
