import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Wire } from '../wire/wires.ts';
import { idHeaders, volatileLists, volatileMembers, volatileTexts } from './volatile.ts';

/** An id is a text that nothing else is. */
const shortestId = 16;

/** What a request asks, in one word: the same for two that differ in nothing but what is volatile. */
export function contentKey(wire: Wire, body: JsonObject, headers: IncomingHttpHeaders): string {
  const kept = Object.entries(body).flatMap(([name, value]) =>
    volatileMembers.has(name) ? [] : [[name, volatileLists.has(name) ? withoutIds(value) : value] as const],
  );
  let text = JSON.stringify(Object.fromEntries(kept));
  for (const id of idsOf(headers)) text = text.replaceAll(id, '');
  for (const { begins, pattern } of volatileTexts) if (text.includes(begins)) text = text.replace(pattern, begins);
  return createHash('sha256').update(wire).update('\n').update(text).digest('base64url');
}

function withoutIds(list: JsonValue): JsonValue {
  if (!Array.isArray(list)) return list;
  return list.map((item) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    const { id: _, ...rest } = item;
    return rest;
  });
}

function idsOf(headers: IncomingHttpHeaders): string[] {
  return idHeaders.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && value.length >= shortestId ? [value] : [];
  });
}
