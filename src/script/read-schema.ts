const types = words('object array string number integer boolean null');

/** Keywords that hold a schema, a list of schemas, schemas by name, and everything else. */
const oneSchema = words(
  'not if then else contains propertyNames additionalProperties unevaluatedProperties additionalItems unevaluatedItems items',
);
const schemaLists = words('allOf anyOf oneOf prefixItems');
const schemasByName = words('properties patternProperties $defs definitions dependentSchemas');
const plainWords = words(
  '$schema $id $anchor $ref $comment title description default examples deprecated readOnly writeOnly nullable type enum const ' +
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems uniqueItems ' +
    'minContains maxContains minProperties maxProperties required dependentRequired contentEncoding contentMediaType contentSchema',
);

const deepest = 64;
const longest = 64 * 1024;
const mostNodes = 10_000;
const longestPattern = 1000;
const mostPatterns = 100;
// Of a path that is told.
const longestName = 60;

/** A regular expression that a schema has, and the path of where it stands. */
interface SchemaPattern {
  at: string;
  pattern: string;
}

/** Why a schema cannot be used, or which of its regular expressions are still to be tried: that takes long for some of them. */
export type SchemaReading = { problem: string } | { patterns: readonly SchemaPattern[] };

/** Reads what `agent` was given as a schema, as JSON, in a time that grows with its length. Nobody is asked where it has a problem. */
export function readSchema(text: string): SchemaReading {
  if (text.length > longest) return { problem: `a schema has ${longest / 1024} KB at most` };
  const schema: unknown = JSON.parse(text);
  if (!isGroup(schema) || schema['type'] !== 'object')
    return { problem: "a schema's root must be { type: 'object', … }" };
  const walk: Walk = { root: schema, path: ['schema'], nodes: 0, patterns: [] };
  const problem = problemIn(walk, schema) ?? problemOf(walk.patterns);
  return problem === null ? { patterns: walk.patterns } : { problem };
}

/** One way through a schema: the path of where it is, and what it met. */
interface Walk {
  readonly root: Group;
  readonly path: string[];
  nodes: number;
  readonly patterns: SchemaPattern[];
}

function at({ path }: Walk, ...more: string[]): string {
  return [...path, ...more].map((name) => name.slice(0, longestName).replaceAll('/', '~1')).join('/');
}

function problemOf(patterns: readonly SchemaPattern[]): string | null {
  if (patterns.length > mostPatterns) return `a schema has ${mostPatterns} patterns at most`;
  const long = patterns.find(({ pattern }) => pattern.length > longestPattern);
  return long === undefined ? null : `${long.at} has ${longestPattern} characters at most`;
}

function problemIn(walk: Walk, schema: unknown): string | null {
  if (++walk.nodes > mostNodes) return `a schema has ${mostNodes} schemas within it at most`;
  if (typeof schema === 'boolean') return null;
  if (!isGroup(schema)) return `${at(walk)} is no schema`;
  if (walk.path.length > deepest) return `a schema is nested ${deepest} times at most`;
  for (const [key, value] of Object.entries(schema)) {
    const problem = plainWords.has(key) ? plainProblem(walk, schema, { key, value }) : innerProblem(walk, key, value);
    if (problem !== null) return problem;
  }
  return null;
}

function innerProblem(walk: Walk, key: string, value: unknown): string | null {
  const isList = schemaLists.has(key) || (key === 'items' && Array.isArray(value));
  if (!isList && !schemasByName.has(key))
    return oneSchema.has(key) ? problemBelow(walk, [key], value) : `${at(walk)}: unknown keyword "${key.slice(0, 60)}"`;
  if (isList ? !Array.isArray(value) : !isGroup(value))
    return `${at(walk, key)} must be a ${isList ? 'list' : 'group'} of schemas`;
  for (const [name, inner] of Object.entries(value as object)) {
    const problem = problemBelow(walk, [key, name], inner);
    if (problem !== null) return problem;
  }
  return null;
}

function problemBelow(walk: Walk, names: readonly string[], schema: unknown): string | null {
  walk.path.push(...names);
  const problem = problemIn(walk, schema);
  walk.path.length -= names.length;
  return problem;
}

interface Entry {
  key: string;
  value: unknown;
}

function plainProblem(walk: Walk, schema: Group, { key, value }: Entry): string | null {
  if (key === 'type') {
    const wrong = [value].flat().find((type) => !types.has(type as string));
    return wrong === undefined ? null : `${at(walk, key)}: ${JSON.stringify(wrong).slice(0, 60)} is no type of JSON`;
  }
  if (key === 'required') return requiredProblem(walk, schema, value);
  if (key === 'pattern') return patternProblem(walk, value);
  if (key === 'enum' && !(Array.isArray(value) && value.length > 0)) return `${at(walk, key)} must be a list of values`;
  if (key === '$ref' && !isWithin(walk.root, value)) return `${at(walk, key)} names nothing in this schema`;
  if (/^(exclusive)?(min|max)/i.test(key) && typeof value !== 'number') return `${at(walk, key)} must be a number`;
  return null;
}

function patternProblem(walk: Walk, value: unknown): string | null {
  if (typeof value !== 'string') return `${at(walk, 'pattern')} is no regular expression`;
  walk.patterns.push({ at: at(walk, 'pattern'), pattern: value });
  return null;
}

function requiredProblem(walk: Walk, { properties, type }: Group, required: unknown): string | null {
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    return `${at(walk, 'required')} must be a list of names`;
  // Without a type it is one of several ways to say more about properties that stand further out.
  if (type === undefined && properties === undefined) return null;
  const known = isGroup(properties) ? properties : {};
  const missing = required.find((name) => !Object.hasOwn(known, name));
  return missing === undefined ? null : `${at(walk, 'required')}: "${missing.slice(0, 60)}" is none of its properties`;
}

function isWithin(root: Group, ref: unknown): boolean {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return false;
  if (!/^#(\/|$)/.test(ref)) return true;
  let here: unknown = root;
  for (const part of ref.slice(1).split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return false;
    here = (here as Group)[name];
  }
  return isGroup(here) || typeof here === 'boolean';
}

type Group = Record<string, unknown>;

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
