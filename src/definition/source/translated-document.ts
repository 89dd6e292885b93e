import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Problem, ValuePath } from './source-document.ts';
import { isJsonObject, SourceDocument } from './source-document.ts';

/** A value of a document: where a part of another one was taken from. */
export interface Origin {
  document: SourceDocument;
  path: ValuePath;
}

/** A definition in native terms of which every part points to where it was taken from, so that mistakes are told there and in the words of that text. */
export class TranslatedDocument extends SourceDocument {
  readonly #originOf: (path: ValuePath) => Origin;
  readonly #words: Readonly<Record<string, string>>;

  constructor(
    name: string,
    value: JsonValue,
    from: { originOf: (path: ValuePath) => Origin; words: Readonly<Record<string, string>> },
  ) {
    super(name, value, null);
    this.#originOf = from.originOf;
    this.#words = from.words;
  }

  override diagnostic(path: ValuePath, what: Problem): Diagnostic {
    const origin = this.#originOf(path);
    return origin.document.diagnostic(origin.path, what);
  }

  override withValue(value: JsonValue): SourceDocument {
    return new TranslatedDocument(this.name, value, { originOf: this.#originOf, words: this.#words });
  }

  override renamed(nameOf: (key: string) => string): SourceDocument {
    const { value } = super.renamed(nameOf);
    const keys = isJsonObject(this.value) ? Object.keys(this.value) : [];
    const written = (name: string): string => keys.find((key) => key === name || nameOf(key) === name) ?? name;
    const originOf = ([first, ...rest]: ValuePath): Origin =>
      this.#originOf(typeof first === 'string' ? [written(first), ...rest] : []);
    return new TranslatedDocument(this.name, value, { originOf, words: this.#words });
  }

  override fileOf(path: ValuePath): string {
    const origin = this.#originOf(path);
    return origin.document.fileOf(origin.path);
  }

  override nameOf(path: ValuePath): string {
    const origin = this.#originOf(path);
    return origin.document.nameOf(origin.path);
  }

  override wordFor(key: string): string | null {
    return Object.hasOwn(this.#words, key) ? this.#words[key]! : null;
  }
}

/** A definition in native terms in the making. */
export class Translation {
  readonly #value: JsonObject = {};
  readonly #origins = new Map<string, Origin>();
  readonly #name: string;
  readonly #root: Origin;

  /** `name`: what messages call it. Parts that nothing is said of come from the whole of `document`. */
  constructor(name: string, document: SourceDocument) {
    this.#name = name;
    this.#root = { document, path: [] };
  }

  /** Sets what stands at a path; groups and lists around it are made. What lies below it comes from below its origin. */
  put(path: ValuePath, value: JsonValue, from: Origin): void {
    let place: JsonObject | JsonValue[] = this.#value;
    for (const [index, step] of path.slice(0, -1).entries()) {
      const inner = valueIn(place, step) ?? (typeof path[index + 1] === 'number' ? [] : {});
      set(place, step, inner);
      place = inner as JsonObject | JsonValue[];
    }
    set(place, path.at(-1)!, value);
    this.#origins.set(JSON.stringify(path), from);
  }

  /** The definition. `words`: what its native keys are called there. */
  toDocument(words: Readonly<Record<string, string>>): TranslatedDocument {
    return new TranslatedDocument(this.#name, this.#value, { originOf: (path) => this.#originOf(path), words });
  }

  #originOf(path: ValuePath): Origin {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(JSON.stringify(path.slice(0, length)));
      if (origin) return { document: origin.document, path: [...origin.path, ...path.slice(length)] };
    }
    return this.#root;
  }
}

function valueIn(place: JsonObject | JsonValue[], step: string | number): JsonValue | undefined {
  if (Array.isArray(place)) return place[Number(step)];
  return isJsonObject(place) && Object.hasOwn(place, step) ? place[step] : undefined;
}

// Assignment would let a key "__proto__" change the object's prototype.
function set(place: JsonObject | JsonValue[], step: string | number, value: JsonValue): void {
  Object.defineProperty(place, step, { value, enumerable: true, writable: true, configurable: true });
}
