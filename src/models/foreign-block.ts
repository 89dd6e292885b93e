import type { ForeignBlock } from '../domain/conversation/conversation.ts';
import { parseJson } from '../domain/parse-json.ts';
import { isTooDeep } from './nesting.ts';

/** A block of an unknown kind that is still being read. */
export interface OpenForeign {
  type: 'foreign';
  /** How it began. */
  json: string;
  /** What pieces have added, field by field; `input` is JSON. */
  added: Map<string, string>;
  /** Something came of it that nobody here can put together. */
  isUnreadable: boolean;
  isClosed: boolean;
}

/** @returns null for what can be no block */
export function beginForeign(start: { type?: unknown }): OpenForeign | null {
  if (typeof start !== 'object' || typeof start.type !== 'string' || start.type === '') return null;
  try {
    const json = JSON.stringify(start);
    return { type: 'foreign', json, added: new Map(), isUnreadable: isTooDeep(json), isClosed: false };
  } catch {
    return null;
  }
}

/** Whether a block is a search of the web that its provider made by itself, and asks for money for. */
export function isOwnSearch(start: { type?: unknown; name?: unknown; action?: unknown }): boolean {
  if (start.type === 'server_tool_use') return start.name === 'web_search';
  const { action } = start;
  // Opening a page that was found costs nothing of its own.
  const kind = typeof action === 'object' && action !== null ? (action as { type?: unknown }).type : undefined;
  return start.type === 'web_search_call' && (kind === undefined || kind === 'search');
}

/** Adds a piece: pieces of the API add text to a field that they name (`text_delta` has `text`), or JSON to the input. @returns what was added */
export function extendForeign(block: OpenForeign, delta: object): string {
  const { type, ...fields } = delta as { type?: unknown; [field: string]: unknown };
  const entries = Object.entries(fields);
  const [name, text] = entries[0] ?? [];
  if (type === undefined || entries.length !== 1 || typeof text !== 'string') {
    block.isUnreadable = true;
    return '';
  }
  const field = type === 'input_json_delta' ? 'input' : name!;
  block.added.set(field, (block.added.get(field) ?? '') + text);
  return text;
}

/** The block as it is sent back; null: it did not come whole. */
export function endForeign({ json, added, isUnreadable, isClosed }: OpenForeign): ForeignBlock | null {
  if (isUnreadable || !isClosed) return null;
  const block = JSON.parse(json) as ForeignBlock['block'];
  for (const [field, text] of added) {
    const before = block[field];
    if (field === 'input') {
      const input = text === '' ? before : isTooDeep(text) ? undefined : parseJson(text);
      if (input === undefined) return null;
      block[field] = input;
    } else if (before === undefined || before === null || typeof before === 'string') {
      block[field] = (before ?? '') + text;
    } else return null;
  }
  return { type: 'foreign', block };
}
