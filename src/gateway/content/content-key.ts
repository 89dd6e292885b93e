import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../domain/json.ts';
import type { Wire } from '../wire/wires.ts';
import { idHeaders, volatileMembers, volatileTexts } from './volatile.ts';

/** An id is a text that nothing else is. */
const shortestId = 16;

/** What a request asks, in one word: the same for two that differ in nothing but what is volatile. */
export function contentKey(wire: Wire, body: JsonObject, headers: IncomingHttpHeaders): string {
  const kept = Object.fromEntries(Object.entries(body).filter(([name]) => !volatileMembers.has(name)));
  let text = JSON.stringify(kept);
  for (const id of idsOf(headers)) text = text.replaceAll(id, '');
  for (const { begins, pattern } of volatileTexts) if (text.includes(begins)) text = text.replace(pattern, begins);
  return createHash('sha256').update(wire).update('\n').update(text).digest('base64url');
}

function idsOf(headers: IncomingHttpHeaders): string[] {
  return idHeaders.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && value.length >= shortestId ? [value] : [];
  });
}
