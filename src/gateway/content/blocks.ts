import type { JsonObject } from '../../domain/json.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { Refusal } from '../http/refusal.ts';

/** A block of a message, as it was sent. */
export type Fields = Record<string, unknown>;

/** Deeper than blocks are nested. */
const mostDepth = 10;

/**
 * The first thing that is found in what a request says, whatever its wire. What a model wrote as a tool's input stands in other members, and is
 * none of it.
 *
 * @throws Refusal when it cannot be read
 */
export function inBlocks(body: JsonObject, find: (block: Fields) => string | null): string | null {
  return within(body['messages'], find, 0) ?? within(body['input'], find, 0) ?? within(body['system'], find, 0);
}

function within(blocks: unknown, find: (block: Fields) => string | null, depth: number): string | null {
  if (depth > mostDepth) throw new Refusal('bad-request', 'the request is nested too deep');
  for (const block of recordsOf(blocks)) {
    const { content, output, source } = block;
    const found = find(block) ?? within(content, find, depth + 1) ?? within(output, find, depth + 1);
    if (found !== null) return found;
    if (!isRecord(source)) continue;
    const inSource = within(source['content'], find, depth + 1);
    if (inSource !== null) return inSource;
  }
  return null;
}
