import type { ParsedNode, YAMLError } from 'yaml';
import { Composer, isMap, isScalar, isSeq } from 'yaml';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from './diagnostic.ts';
import { DefinitionError, quoted } from './diagnostic.ts';
import type { SourceNode } from './source-document.ts';
import { SourceDocument } from './source-document.ts';
import type { SourceText } from './source-text.ts';
import { isStorable } from './storable-text.ts';
import { wordsFor } from './yaml-words.ts';
import type { Dialect } from './yaml-limits.ts';
import { safeTokens } from './yaml-limits.ts';

const mostErrors = 20;

const codes: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'tab-indent',
  MULTIPLE_DOCS: 'multiple-documents',
  NON_STRING_KEY: 'key-not-text',
};

/**
 * Reads one YAML (or JSON) document as plain data with positions; safe on hostile text.
 *
 * @throws DefinitionError with every syntax error, duplicate key and refused construct
 */
export function readYaml(source: SourceText, dialect: Dialect = 'yaml'): SourceDocument {
  return readYamlTree(source, dialect).document;
}

/** The same with the nodes that it was read from, and the tokens of those. @throws DefinitionError as {@link readYaml} does */
export function readYamlTree(
  source: SourceText,
  dialect: Dialect = 'yaml',
): { document: SourceDocument; root: ParsedNode | null } {
  const tokens = safeTokens(source, dialect);
  // uniqueKeys is quadratic in yaml 2.9 (12 s for 20,000 keys): the reader below checks by itself.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    keepSourceTokens: true,
  });
  const [document, second] = [...composer.compose(tokens, true, source.text.length)];
  const errors = firstOfEachLine(
    (document?.errors ?? []).slice(0, mostErrors).map((error) => syntaxError(source, error)),
  );
  if (second && errors.length === 0) {
    const hint = 'one file holds one definition: leave out what follows "---"';
    errors.push(
      source.diagnostic(second.range[0], {
        code: 'multiple-documents',
        message: 'a second document begins here',
        hint,
      }),
    );
  }
  if (errors.length > 0) throw new DefinitionError(errors);
  const reader = new NodeReader(source);
  const contents = (document?.contents ?? null) as ParsedNode | null;
  const root = reader.read(contents, 0);
  if (reader.errors.length > 0) throw new DefinitionError(reader.errors);
  return { document: new SourceDocument(source.file, root.value, { source, root: root.node }), root: contents };
}

function syntaxError(source: SourceText, error: YAMLError): Diagnostic {
  const code = codes[error.code] ?? 'syntax';
  const isBraces = /^\{\{|^\{\s*\{/.test(source.text.slice(error.pos[0], error.pos[0] + 20));
  const words = wordsFor(error);
  const hint = isBraces ? 'an expression stands in quotes: "${{ inputs.NAME }}"' : words.hint;
  // An error of indentation is about the first word of its line, not about the line's beginning.
  const blanks = code === 'tab-indent' ? null : /^ +/.exec(source.text.slice(error.pos[0], error.pos[0] + 200));
  return source.diagnostic(error.pos[0] + (blanks?.[0].length ?? 0), {
    code,
    message: words.message,
    hint,
  });
}

/** One slip often gives several errors on its line; the later ones follow from the first. */
function firstOfEachLine(errors: Diagnostic[]): Diagnostic[] {
  return errors.filter(({ line }, index) => errors.findIndex((other) => other.line === line) === index);
}

/** Turns composed nodes into data. Recursion is bounded by the depth limit of {@link safeTokens}. */
class NodeReader {
  readonly errors: Diagnostic[] = [];
  readonly #source: SourceText;

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(node: ParsedNode | null, fallback: number): { value: JsonValue; node: SourceNode } {
    const [start, end] = node?.range ?? [fallback, fallback];
    const place: SourceNode = { start, end, children: new Map() };
    if (isMap(node)) return { value: this.#readMap(node.items as MapItem[], place), node: place };
    if (isSeq(node)) {
      const value = (node.items as (ParsedNode | null)[]).map((item, index) => {
        const child = this.read(item, start);
        place.children.set(index, { keyStart: child.node.start, node: child.node });
        return child.value;
      });
      return { value, node: place };
    }
    return { value: isScalar(node) ? this.#readScalar(node.value, start) : null, node: place };
  }

  #readMap(items: MapItem[], place: SourceNode): JsonObject {
    const object: JsonObject = {};
    for (const { key, value } of items) {
      const keyStart = key?.range?.[0] ?? place.start;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.#add(keyStart, 'key-not-text', 'a key must be plain text');
        continue;
      }
      const name = key.value;
      if (place.children.has(name)) {
        this.#add(
          keyStart,
          'duplicate-key',
          `the key ${quoted(name)} stands here twice`,
          'the first one would be lost: keep one',
        );
        continue;
      }
      // In quotes, as in every JSON file, it is a key like any other.
      if (name === '<<' && key.type === 'PLAIN') {
        this.#add(keyStart, 'merge-key', 'merge keys (<<) are not allowed', 'write the keys out');
      }
      const child = this.read(value, key.range?.[1] ?? keyStart);
      place.children.set(name, { keyStart, node: child.node });
      // Assignment would let a key "__proto__" change the object's prototype.
      Object.defineProperty(object, name, { value: child.value, enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  /** The core schema has no other kinds of value; numbers may still be infinite or none. */
  #readScalar(value: unknown, start: number): JsonValue {
    if (typeof value === 'string' && !isStorable(value)) {
      this.#add(start, 'bad-text', 'the text holds a NUL character or half of a character, which cannot be kept');
      return null;
    }
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.#add(start, 'bad-number', 'this is not a number that can be used', 'put it in quotes if it is text');
    return null;
  }

  #add(offset: number, code: string, message: string, hint: string | null = null): void {
    if (this.errors.length < mostErrors) this.errors.push(this.#source.diagnostic(offset, { code, message, hint }));
  }
}

type MapItem = { key: ParsedNode | null; value: ParsedNode | null };
