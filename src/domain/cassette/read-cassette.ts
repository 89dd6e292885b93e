/*
 * A cassette may be a stranger's: everything in it is looked at before anything of it is used, and no key comes through that is not known.
 */
import type { JsonObject } from '../json.ts';
import { parseJson } from '../parse-json.ts';
import { complexities } from '../complexity.ts';
import type {
  Cassette,
  TapeBlock,
  TapeCall,
  TapeChoice,
  TapeDelegate,
  TapeHead,
  TapeMessage,
  TapeTool,
} from './cassette.ts';
import { tapeStops } from './cassette.ts';

const mostEntries = 200_000;
const mostBlocks = 1000;

class NoCassette extends Error {}

/** A cassette that was read, or what is wrong with it, in words. */
export type ReadCassette = { cassette: Cassette; problem: null } | { cassette: null; problem: string };

/** Reads the text of a cassette. */
export function readCassette(text: string): ReadCassette {
  try {
    return { cassette: toCassette(parseJson(text)), problem: null };
  } catch (error) {
    if (error instanceof NoCassette) return { cassette: null, problem: error.message };
    throw error;
  }
}

function toCassette(value: unknown): Cassette {
  if (value === undefined) throw new NoCassette('it is no JSON');
  if (!isObject(value) || value['format'] !== 'gaffer-cassette')
    throw new NoCassette('its "format" is not "gaffer-cassette"');
  if (value['version'] !== 1) throw new NoCassette('its "version" is not 1: a newer Gaffer may have written it');
  const heads = list(value, 'heads', toHead);
  const messages = list(value, 'messages', toMessage);
  return {
    ...{ format: 'gaffer-cassette', version: 1, run: text(value, 'run'), workflow: text(value, 'workflow') },
    ...{ plan: text(value, 'plan'), inputs: object(value, 'inputs', ''), heads, messages },
    calls: list(value, 'calls', (call, at) => toCall(call, at, { heads: heads.length, messages: messages.length })),
    tools: list(value, 'tools', toTool),
    ...(value['choices'] !== undefined && { choices: list(value, 'choices', toChoice) }),
    ...(value['delegates'] !== undefined && { delegates: list(value, 'delegates', toDelegate) }),
  };
}

type Fields = Record<string, unknown>;

function toHead(value: Fields, at: string): TapeHead {
  const { tools } = value;
  if (!Array.isArray(tools) || tools.some((tool) => typeof tool !== 'string'))
    throw new NoCassette(`${at}.tools is no list of names`);
  return { model: text(value, 'model', at), system: text(value, 'system', at), tools: [...(tools as string[])] };
}

function toMessage(value: Fields, at: string, index: number): TapeMessage {
  const { parent, role } = value;
  // Only ones before it: so no conversation goes in a ring.
  if (parent !== null && !isPlace(parent, index)) throw new NoCassette(`${at}.parent is no message before it`);
  if (role !== 'user' && role !== 'assistant') throw new NoCassette(`${at}.role is neither user nor assistant`);
  return { parent, role, content: blocks(value, 'content', at) };
}

function toCall(value: Fields, at: string, most: { heads: number; messages: number }): TapeCall {
  const { head, asked, stop, output } = value;
  if (!isPlace(head, most.heads)) throw new NoCassette(`${at}.head is no place in "heads"`);
  if (!isPlace(asked, most.messages)) throw new NoCassette(`${at}.asked is no place in "messages"`);
  const known = tapeStops.find((each) => each === stop);
  if (known === undefined) throw new NoCassette(`${at}.stop is none of ${tapeStops.join(', ')}`);
  return {
    ...{ step: text(value, 'step', at), head, asked, answer: blocks(value, 'answer', at), stop: known },
    ...(output !== undefined && { output: object(value, 'output', at) }),
  };
}

function toTool(value: Fields, at: string): TapeTool {
  const { isError } = value;
  if (typeof isError !== 'boolean') throw new NoCassette(`${at}.isError is neither true nor false`);
  const texts = { step: text(value, 'step', at), name: text(value, 'name', at), content: text(value, 'content', at) };
  return { ...texts, input: object(value, 'input', at), isError };
}

function toChoice(value: Fields, at: string): TapeChoice {
  const { attempt } = value;
  if (typeof attempt !== 'number' || !Number.isInteger(attempt)) throw new NoCassette(`${at}.attempt is no number`);
  const complexity = complexities.find((each) => each === value['complexity']);
  if (complexity === undefined) throw new NoCassette(`${at}.complexity is none of ${complexities.join(', ')}`);
  const texts = { workflow: text(value, 'workflow', at), id: text(value, 'id', at), model: text(value, 'model', at) };
  return { ...texts, attempt, complexity };
}

function toDelegate(value: Fields, at: string): TapeDelegate {
  return { workflow: text(value, 'workflow', at), task: text(value, 'task', at), agent: text(value, 'agent', at) };
}

function blocks(of: Fields, key: string, at: string): TapeBlock[] {
  const value = of[key];
  if (!Array.isArray(value) || value.length > mostBlocks) throw new NoCassette(`${at}.${key} is no list of blocks`);
  return value.map((block: unknown, index): TapeBlock => {
    const place = `${at}.${key}[${index}]`;
    if (!isObject(block)) throw new NoCassette(`${place} is no object`);
    const { type } = block;
    if (type === 'text') return { type, text: text(block, 'text', place) };
    if (type === 'tool_use') {
      const names = { id: text(block, 'id', place), name: text(block, 'name', place) };
      return { type, ...names, input: object(block, 'input', place) };
    }
    if (type !== 'tool_result') throw new NoCassette(`${place}.type is none of text, tool_use, tool_result`);
    const result = { tool_use_id: text(block, 'tool_use_id', place), content: text(block, 'content', place) };
    return { type, ...result, ...(block['is_error'] === true && { is_error: true }) };
  });
}

function list<Entry>(of: Fields, key: string, to: (value: Fields, at: string, index: number) => Entry): Entry[] {
  const value = of[key];
  if (!Array.isArray(value) || value.length > mostEntries)
    throw new NoCassette(`"${key}" is no list of at most ${mostEntries}`);
  return value.map((entry: unknown, index) => {
    const at = `${key}[${index}]`;
    if (!isObject(entry)) throw new NoCassette(`${at} is no object`);
    return to(entry, at, index);
  });
}

function text(of: Fields, key: string, at = ''): string {
  const value = of[key];
  if (typeof value !== 'string') throw new NoCassette(`${at === '' ? '' : `${at}.`}${key} is no text`);
  return value;
}

function object(of: Fields, key: string, at: string): JsonObject {
  const value = of[key];
  if (!isObject(value)) throw new NoCassette(`${at === '' ? '' : `${at}.`}${key} is no object`);
  return value as JsonObject;
}

function isPlace(value: unknown, below: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < below;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
