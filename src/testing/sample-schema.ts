import type { JsonObject, JsonValue } from '../domain/json.ts';

const deepestReference = 50;

/** A schema without references and choices: what it refers to and a branch of each choice laid over it. `choice` picks the branches. */
export function resolveSchema(raw: JsonValue | undefined, root: JsonObject, choice: number, depth = 0): JsonObject {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || depth > deepestReference) return {};
  const { $ref, $dynamicRef, allOf, anyOf, oneOf, if: condition, then, else: otherwise, ...own } = raw;
  const follow = (part: JsonValue | undefined): JsonObject => resolveSchema(part, root, choice, depth + 1);
  const parts: JsonObject[] = [own];
  for (const reference of [$ref, $dynamicRef])
    if (typeof reference === 'string') parts.push(follow(lookUp(root, reference)));
  for (const part of listOf(allOf)) parts.push(follow(part));
  for (const branches of [listOf(anyOf), listOf(oneOf)])
    if (branches.length > 0) parts.push(follow(branches[choice % branches.length]));
  if (condition !== undefined) {
    const isMet = choice % 2 === 0 && condition !== false;
    parts.push(...(isMet ? [follow(condition), follow(then)] : [follow(otherwise)]));
  }
  return parts.length === 1 ? own : mergeSchemas(parts);
}

/** Schemas as one that asks for what each of them asks for. */
export function mergeSchemas(parts: readonly JsonObject[]): JsonObject {
  const merged: JsonObject = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const before = merged[key];
      merged[key] = before === undefined ? value : join(key, before, value);
      if (key === 'pattern') merged['allPatterns'] = [...listOf(merged['allPatterns']), value];
    }
  }
  return merged;
}

const lowest = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const highest = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'];

function join(key: string, before: JsonValue, value: JsonValue): JsonValue {
  if (lowest.includes(key)) return Math.min(Number(before), Number(value));
  if (highest.includes(key)) return Math.max(Number(before), Number(value));
  if (key === 'required') return [...new Set([...listOf(before), ...listOf(value)])];
  if (key === 'type' || key === 'enum') return common(key, before, value);
  if (key === 'properties' || key === 'patternProperties' || key === 'dependentRequired')
    return joinProperties(before, value);
  if (before === false || value === false) return false;
  return isObject(before) && isObject(value) && key !== 'const' ? { allOf: [before, value] } : value;
}

function joinProperties(before: JsonValue, value: JsonValue): JsonValue {
  if (!isObject(before) || !isObject(value)) return value;
  const joined: JsonObject = { ...before };
  for (const [name, schema] of Object.entries(value))
    joined[name] = name in before ? { allOf: [before[name]!, schema] } : schema;
  return joined;
}

function common(key: string, before: JsonValue, value: JsonValue): JsonValue {
  const all = Array.isArray(before) ? before : [before];
  const others = (Array.isArray(value) ? value : [value]).map((each) => JSON.stringify(each));
  const isSaid = (each: JsonValue): boolean =>
    others.includes(JSON.stringify(each)) || (key === 'type' && each === 'integer' && others.includes('"number"'));
  const both = all.filter(isSaid);
  if (both.length > 0) return both;
  return key === 'type' && all.includes('number') && others.includes('"integer"') ? 'integer' : value;
}

function lookUp(root: JsonObject, reference: string): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined;
  const path = decodeURIComponent(reference.slice(1));
  if (path !== '' && !path.startsWith('/')) return anchored(root, path);
  let found: JsonValue | undefined = root;
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = Array.isArray(found) ? found[Number(key)] : isObject(found) ? found[key] : undefined;
  }
  return found;
}

function anchored(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value) && (value['$anchor'] === name || value['$dynamicAnchor'] === name)) return value;
  for (const each of Object.values(value)) {
    const found = anchored(each, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
