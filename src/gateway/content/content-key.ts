import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { AgentRunner } from '../../domain/coding/agent-runner.ts';
import type { Wire } from '../wire/wires.ts';
import type { Program, Volatile } from './volatile.ts';
import { volatileParts } from './volatile.ts';

/** Besides its body: what of a request changes its answer. All other headers that pass differ from try to try, or name who asks. */
const tellingHeaders = ['anthropic-beta', 'openai-beta', 'anthropic-version'];
const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A request, as far as its answer depends on it. */
export interface Keyed {
  wire: Wire;
  body: JsonObject;
  /** Of its address, with the question mark, or ''. */
  query: string;
  headers: IncomingHttpHeaders;
}

/**
 * What a request asks, in one word: the same for two that differ in nothing but what is volatile of the program that sent them.
 *
 * @param program null: one that is not known, of which all counts
 */
export function contentKey({ wire, body, query, headers }: Keyed, program: Program | null): string {
  const told = tellingHeaders.map((name) => listOf(headers[name]));
  const asked = program === null ? body : new Cleaner(volatileParts[program], headers).body(body);
  return createHash('sha256')
    .update(JSON.stringify([wire, query, told, asked]))
    .digest('base64url');
}

// Of a list the order says nothing.
function listOf(value: string | string[] | undefined): string[] {
  const names = [value ?? []].flat().flatMap((each) => each.split(','));
  return [...new Set(names.map((name) => name.trim()))].filter((name) => name !== '').toSorted();
}

/** Which program sends an agent's requests; null: none that is known. What speaks ACP says so itself. */
export function programOf(runner: AgentRunner | undefined, headers: IncomingHttpHeaders): Program | null {
  switch (runner?.kind) {
    case 'claude':
    case 'codex':
    case 'pi':
      return runner.kind;
    case 'acp':
      return headers['x-claude-code-session-id'] === undefined ? null : 'claude';
    default:
      return null;
  }
}

/** Leaves out what is volatile, at the places where its program writes it. */
class Cleaner {
  readonly #parts: Volatile;
  readonly #ids: readonly string[];

  constructor(parts: Volatile, headers: IncomingHttpHeaders) {
    this.#parts = parts;
    this.#ids = parts.ids.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' && isUuid.test(value) ? [value] : [];
    });
  }

  body(body: JsonObject): JsonObject {
    const kept = Object.entries(body).flatMap(([name, value]): [string, JsonValue][] => {
      if (this.#parts.members.includes(name)) return [];
      if (name === 'system' || name === 'instructions') return [[name, this.#texts(value, this.#instruction)]];
      if (name === 'messages' || name === 'input') return [[name, eachOf(value, (item) => this.#item(item))]];
      return [[name, value]];
    });
    return Object.fromEntries(kept);
  }

  #item(item: JsonObject): JsonObject {
    const { id, role, type, content = null } = item;
    const isOwn = typeof id === 'string' && type !== 'item_reference' && this.#parts.itemIds?.test(id);
    const kept: JsonObject = isOwn ? { ...item, id: '' } : { ...item };
    if (role === 'system' || role === 'developer') kept['content'] = this.#texts(content, this.#instruction);
    else if (role === 'tool') kept['content'] = this.#texts(content, this.#result);
    else if (role === 'user') kept['content'] = this.#said(content);
    if (type === 'function_call_output' || type === 'custom_tool_call_output')
      kept['output'] = this.#texts(item['output'] ?? null, this.#result);
    return kept;
  }

  #said(content: JsonValue): JsonValue {
    if (typeof content === 'string') return this.#reminder(content);
    return eachOf(content, (block) => {
      if (block['type'] === 'tool_result')
        return { ...block, content: this.#texts(block['content'] ?? null, this.#result) };
      const { text } = block;
      return typeof text === 'string' ? { ...block, text: this.#reminder(text) } : block;
    });
  }

  /** A text, or those of blocks. */
  #texts(value: JsonValue, clean: (text: string) => string): JsonValue {
    if (typeof value === 'string') return clean(value);
    return eachOf(value, (block) => {
      const { text } = block;
      return typeof text === 'string' ? { ...block, text: clean(text) } : block;
    });
  }

  readonly #instruction = (text: string): string => this.#without(text, this.#parts.instructions);

  // A path that it names stands in its first line, or in its last one: what else a tool said stays as it is.
  readonly #result = (text: string): string => {
    let rest = text;
    for (const piece of this.#parts.results)
      rest = rest.replace(piece, (...match: unknown[]) => this.#withoutIds(keepGroups(...match)));
    return rest;
  };

  readonly #reminder = (text: string): string => {
    const { reminders } = this.#parts;
    return reminders && text.startsWith(reminders.begins) ? this.#without(text, reminders.pieces) : text;
  };

  #without(text: string, pieces: readonly RegExp[]): string {
    let rest = text;
    for (const piece of pieces) rest = rest.replace(piece, keepGroups);
    return this.#withoutIds(rest);
  }

  #withoutIds(text: string): string {
    return this.#ids.reduce((rest, id) => rest.replaceAll(id, ''), text);
  }
}

// Of what a pattern's function is given: the match, its groups, where it stands, and all of the text.
function keepGroups(...match: readonly unknown[]): string {
  return match
    .slice(1, -2)
    .filter((group) => typeof group === 'string')
    .join('');
}

function eachOf(list: JsonValue, change: (item: JsonObject) => JsonObject): JsonValue {
  if (!Array.isArray(list)) return list;
  return list.map((item) => (item !== null && typeof item === 'object' && !Array.isArray(item) ? change(item) : item));
}
