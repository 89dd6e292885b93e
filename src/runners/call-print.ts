import { createHash } from 'node:crypto';
import type { JsonValue } from '../domain/json.ts';
import type { ForeignCall } from './runner.ts';

/** What tells one call from another: equal for two of the same tool with the same input, whatever their ids. Nobody can make two alike. */
export function printOf({ tool, input }: Pick<ForeignCall, 'tool' | 'input'>): string {
  return createHash('sha256')
    .update(JSON.stringify([tool, input], sorted))
    .digest('base64url');
}

function sorted(_key: string, value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
