import type { ToolUseBlock } from '../domain/conversation/conversation.ts';
import type { JsonObject } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import { toWireName } from '../domain/tool-names.ts';
import { isTooDeep, mostNesting } from './nesting.ts';

/** A call that is still being read. */
export interface OpenCall {
  type: 'tool_use';
  id: string;
  name: string;
  json: string;
  /** Whether `json` came with the beginning: pieces that follow replace it. */
  isAtBeginning: boolean;
  isClosed: boolean;
}

/** What the model is told of a call that cannot be read. */
export const brokenInput = 'This call did not run: its input arrived as JSON that cannot be read. Make it again.';
const cutInput = (name: string): string =>
  `This call did not run: the answer reached its limit of tokens in the middle of it, and nothing of this call of ${toWireName(name)} has happened. Make it again, in smaller parts if it is long.`;
const deepInput = `This call did not run: its input is nested deeper than ${mostNesting} levels. Make it again with a flatter one.`;

/** The call that a model asks for; `mayBeCut`: its answer ended at a limit. */
export function toToolUse({ id, name, json, isClosed }: OpenCall, mayBeCut: boolean): ToolUseBlock {
  const call = { type: 'tool_use' as const, id, name };
  if (isClosed && isTooDeep(json)) return { ...call, input: {}, problem: deepInput };
  // A tool without parameters may come with no JSON at all; in an answer that was cut, nothing tells the two apart.
  const input = json === '' && !mayBeCut ? {} : parseObject(json);
  if (input && isClosed) return { ...call, input };
  return { ...call, input: {}, problem: mayBeCut ? cutInput(name) : brokenInput };
}

/** The input that a call begins with, as JSON. Most begin with an empty one, which its pieces follow. */
export function toJson(input: unknown): string {
  if (typeof input === 'string') return input;
  if (typeof input !== 'object' || input === null || Object.keys(input).length === 0) return '';
  try {
    return JSON.stringify(input);
  } catch {
    // Nested too deep for that.
    return '['.repeat(mostNesting + 1);
  }
}

function parseObject(json: string): JsonObject | null {
  const first = parseJson(json);
  // Some servers write it twice: as text that holds it.
  const value = typeof first === 'string' ? parseJson(first) : first;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}
