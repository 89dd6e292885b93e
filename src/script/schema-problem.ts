const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

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

/** Why `agent` throws for a schema without asking anybody; null: it can be used. */
export function schemaProblem(schema: unknown): string | null {
  if (!isGroup(schema) || schema['type'] !== 'object') return "a schema's root must be { type: 'object', … }";
  if (JSON.stringify(schema).length > longest) return `a schema has ${longest / 1024} KB at most`;
  return problemIn(schema, schema, 'schema');
}

function problemIn(root: Group, schema: unknown, at: string): string | null {
  if (typeof schema === 'boolean') return null;
  if (!isGroup(schema)) return `${at} is no schema`;
  if (at.split('/').length > deepest) return `a schema is nested ${deepest} times at most`;
  for (const [key, value] of Object.entries(schema)) {
    const problem = plainWords.has(key)
      ? plainProblem(root, schema, { key, value, at })
      : innerProblem(root, key, value, at);
    if (problem !== null) return problem;
  }
  return null;
}

function innerProblem(root: Group, key: string, value: unknown, at: string): string | null {
  const isList = schemaLists.has(key) || (key === 'items' && Array.isArray(value));
  if (!isList && !schemasByName.has(key)) {
    return oneSchema.has(key) ? problemIn(root, value, `${at}/${key}`) : `${at}: unknown keyword "${key.slice(0, 60)}"`;
  }
  if (isList ? !Array.isArray(value) : !isGroup(value))
    return `${at}/${key} must be a ${isList ? 'list' : 'group'} of schemas`;
  for (const [name, inner] of Object.entries(value as object)) {
    const problem = problemIn(root, inner, `${at}/${key}/${name.replaceAll('/', '~1')}`);
    if (problem !== null) return problem;
  }
  return null;
}

interface Entry {
  key: string;
  value: unknown;
  at: string;
}

function plainProblem(root: Group, schema: Group, { key, value, at }: Entry): string | null {
  if (key === 'type') {
    const wrong = [value].flat().find((type) => !types.includes(type as string));
    return wrong === undefined ? null : `${at}/type: ${JSON.stringify(wrong).slice(0, 60)} is no type of JSON`;
  }
  if (key === 'required') return requiredProblem(schema, value, at);
  if (key === 'enum' && !(Array.isArray(value) && value.length > 0)) return `${at}/enum must be a list of values`;
  if (key === '$ref' && !isWithin(root, value)) return `${at}/$ref names nothing in this schema`;
  if (key === 'pattern' && !isPattern(value)) return `${at}/pattern is no regular expression`;
  if (/^(exclusive)?(min|max)/i.test(key) && typeof value !== 'number') return `${at}/${key} must be a number`;
  return null;
}

function requiredProblem({ properties, type }: Group, required: unknown, at: string): string | null {
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    return `${at}/required must be a list of names`;
  // Without a type it is one of several ways to say more about properties that stand further out.
  if (type === undefined && properties === undefined) return null;
  const known = isGroup(properties) ? properties : {};
  const missing = required.find((name) => !Object.hasOwn(known, name));
  return missing === undefined ? null : `${at}/required: "${missing.slice(0, 60)}" is none of its properties`;
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

function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

type Group = Record<string, unknown>;

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
