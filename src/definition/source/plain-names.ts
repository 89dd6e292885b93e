import type { JsonValue } from '../../domain/json.ts';
import type { SourceDocument } from './source-document.ts';
import { isJsonObject } from './source-document.ts';

const names = new Set(['profile', 'default_profile', 'manager', 'context_name', 'delegates', 'agents']);

/** The definition with names of agents and contexts in one form of Unicode: a file system or an editor may have given another. */
export function withPlainNames(document: SourceDocument): SourceDocument {
  return document.withValue(plain(document.value, false));
}

function plain(value: JsonValue, isName: boolean): JsonValue {
  if (typeof value === 'string') return isName ? value.normalize() : value;
  if (Array.isArray(value)) return value.map((each) => plain(each, isName));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if ((key === 'per_agent' || key === 'agents') && isJsonObject(each)) return [key, withPlainKeys(each)];
      return [key, plain(each, names.has(key))];
    }),
  );
}

function withPlainKeys(group: { [key: string]: JsonValue }): JsonValue {
  return Object.fromEntries(Object.entries(group).map(([name, each]) => [name.normalize(), each]));
}
