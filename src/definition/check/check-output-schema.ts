import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { formatPath, isJsonObject } from '../source/source-document.ts';

const longestSchema = 64 * 1024;
const mostProblems = 20;

/** Keywords that hold a schema, a list of schemas, and schemas by name. */
const oneSchema =
  'not if then else contains propertyNames additionalProperties unevaluatedProperties additionalItems unevaluatedItems contentSchema'.split(
    ' ',
  );
const schemaLists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const schemasByName = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
const plainKeywords =
  `$schema $id $anchor $comment title description default examples deprecated readOnly writeOnly type enum const
  minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format
  minItems maxItems uniqueItems minContains maxContains minProperties maxProperties required dependentRequired contentEncoding contentMediaType`.split(
    /\s+/,
  );
const keywords = [...oneSchema, ...schemaLists, ...schemasByName, ...plainKeywords, 'items', '$ref'];
const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/** Says why a JSON Schema cannot be used, beyond its shape; null: it can. Handed in: the validator does not belong here. */
export type CheckSchema = (schema: JsonObject) => string | null;

/** Different schemas of one definition that are tried out: each takes about 10 ms. The others are refused while the run lives. */
const mostTried = 50;

/** The same, for all schemas of one definition: equal ones are tried once, and not too many. */
export function tryFew(checkSchema: CheckSchema): CheckSchema {
  const known = new Map<string, string | null>();
  return (schema) => {
    const text = JSON.stringify(schema);
    if (!known.has(text) && known.size < mostTried) known.set(text, checkSchema(schema));
    return known.get(text) ?? null;
  };
}

/** What is wrong with the JSON Schema of a task's `output`; answers are checked while the run lives. */
export function checkOutputSchema(
  document: SourceDocument,
  { path, schema, checkSchema }: { path: ValuePath; schema: JsonObject; checkSchema?: CheckSchema | undefined },
): Diagnostic[] {
  const walk = new SchemaWalk(document);
  if (JSON.stringify(schema).length > longestSchema) {
    walk.report(path, 'too-large', `the output schema is longer than ${longestSchema / 1024} KB`);
    return walk.found;
  }
  walk.visit(path, schema);
  const problem = walk.found.length === 0 ? (checkSchema?.(schema) ?? null) : null;
  if (problem !== null) walk.report(path, 'bad-schema', problem);
  return walk.found;
}

/** Goes through a schema and collects what is wrong with its shape. The depth of a definition is bounded, so recursion is safe. */
class SchemaWalk {
  readonly found: Diagnostic[] = [];
  readonly #document: SourceDocument;

  constructor(document: SourceDocument) {
    this.#document = document;
  }

  report(at: ValuePath, code: string, message: string, hint: string | null = null): void {
    const on = code === 'unknown-key' ? { on: 'key' as const } : {};
    if (this.found.length < mostProblems)
      this.found.push(this.#document.diagnostic(at, { code, message, hint, ...on }));
  }

  visit(at: ValuePath, value: JsonValue): void {
    if (typeof value === 'boolean') return;
    if (!isJsonObject(value)) {
      this.report(at, 'bad-schema', `${formatPath(at)} must be a JSON Schema: a group of keys`);
      return;
    }
    for (const [key, inner] of Object.entries(value)) this.#visitKeyword([...at, key], key, inner);
  }

  #visitKeyword(place: ValuePath, key: string, inner: JsonValue): void {
    if (!keywords.includes(key)) {
      const hint = nearestHint(key, keywords);
      this.report(place, 'unknown-key', `unknown keyword ${quoted(key)} in a JSON Schema`, hint);
    } else if (schemasByName.includes(key)) {
      if (!isJsonObject(inner))
        this.report(place, 'bad-schema', `${formatPath(place)} must be a group of schemas by name`);
      else for (const [name, child] of Object.entries(inner)) this.visit([...place, name], child);
    } else if (schemaLists.includes(key) || (key === 'items' && Array.isArray(inner))) {
      if (!Array.isArray(inner)) this.report(place, 'bad-schema', `${formatPath(place)} must be a list of schemas`);
      else for (const [index, child] of inner.entries()) this.visit([...place, index], child);
    } else if (oneSchema.includes(key) || key === 'items') this.visit(place, inner);
    else this.#checkPlain(place, key, inner);
  }

  #checkPlain(place: ValuePath, key: string, value: JsonValue): void {
    if (key === 'type') {
      for (const type of Array.isArray(value) ? value : [value]) {
        if (typeof type === 'string' && types.includes(type)) continue;
        const word = typeof type === 'string' ? type : JSON.stringify(type);
        this.report(place, 'bad-schema', `${quoted(word)} is no type of JSON`, nearestHint(word, types));
      }
    }
    const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
    if (key === 'required' && !isTexts) this.report(place, 'bad-schema', '"required" must be a list of names');
    if (key === 'enum' && !Array.isArray(value)) this.report(place, 'bad-schema', '"enum" must be a list');
    if (key === '$ref' && !(typeof value === 'string' && value.startsWith('#'))) {
      this.report(place, 'bad-schema', 'a $ref stays inside of its schema', 'begin it with #/$defs/');
    }
    if (key === 'pattern' && !isPattern(value)) this.report(place, 'bad-schema', '"pattern" is no regular expression');
  }
}

function isPattern(value: JsonValue): boolean {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
