import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { WireMessage, WireRequest } from '../wire-request.ts';
import { signatureOf } from '../wire-request.ts';
import {
  Complaint,
  insist,
  insistOnArguments,
  insistOnFormat,
  insistOnId,
  insistOnKeys,
  insistOnLimit,
  insistOnName,
  insistOnStrict,
  isObject,
  isThinking,
  word,
} from './checks.ts';
import { addBlock, toResult } from './conversation.ts';

const known = [
  ...['model', 'input', 'instructions', 'max_output_tokens', 'stream', 'store', 'tools', 'tool_choice', 'include'],
  ...['parallel_tool_calls', 'text', 'reasoning', 'temperature', 'top_p', 'metadata', 'previous_response_id'],
  ...['truncation', 'user', 'service_tier', 'prompt_cache_key', 'safety_identifier', 'max_tool_calls'],
  'client_metadata',
];
const includable = ['reasoning.encrypted_content', 'web_search_call.action.sources', 'message.output_text.logprobs'];

/** A request of the Responses API as rules see it, or what the real API would refuse about it. */
export function readResponsesRequest(body: JsonObject): WireRequest | string {
  try {
    return toWireRequest(body);
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    throw error;
  }
}

function toWireRequest(body: JsonObject): WireRequest {
  insistOnKeys(body, known);
  const { model, input, instructions, include, text } = body;
  insist(typeof model === 'string', "Missing required parameter: 'model'.");
  insist(instructions === undefined || typeof instructions === 'string', "Invalid type for 'instructions'.");
  const limit = insistOnLimit(body['max_output_tokens'], 'max_output_tokens', { model, least: 16 });
  for (const each of Array.isArray(include) ? include : []) {
    insist(includable.includes(word(each)), `Invalid value: '${word(each)}'.`);
    insist(
      each !== 'reasoning.encrypted_content' || isThinking(model),
      'Encrypted content is not supported with this model.',
    );
  }
  if (isObject(text) && isObject(text['format']) && text['format']['type'] === 'json_schema')
    insistOnFormat(text['format'], 'text.format', model);
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  insist(Array.isArray(items) && items.length > 0, "Missing required parameter: 'input'.");
  return {
    model,
    max_tokens: limit,
    tools: readTools(body['tools']),
    ...readItems(items, typeof instructions === 'string' ? instructions : ''),
    stream: body['stream'] === true,
  };
}

function readTools(
  tools: JsonValue | undefined,
  path = 'tools',
  names = new Set<string>(),
): NonNullable<WireRequest['tools']> {
  return (Array.isArray(tools) ? tools : []).flatMap((tool, place) => {
    const at = `${path}[${place}]`;
    insist(isObject(tool), `Invalid type for '${at}'.`);
    if (tool['type'] === 'web_search') {
      insistOnKeys(tool, ['type', 'filters', 'search_context_size', 'user_location', 'external_web_access'], `${at}.`);
      return [];
    }
    if (tool['type'] === 'namespace') {
      insistOnKeys(tool, ['type', 'name', 'description', 'tools'], `${at}.`);
      return readTools(tool['tools'], `${at}.tools`, names);
    }
    insist(tool['type'] === 'function', `Invalid value: '${word(tool['type'])}' for '${at}.type'.`);
    insistOnKeys(tool, ['type', 'name', 'description', 'parameters', 'strict'], `${at}.`);
    const name = insistOnName(tool['name'], `${at}.name`);
    insist(!names.has(name), `Duplicate function name: '${name}'.`);
    names.add(name);
    const { parameters, description } = tool;
    insist(
      isObject(parameters) && parameters['type'] === 'object',
      `Invalid schema for function '${name}': schema must be of type 'object'.`,
    );
    // Left out, it means yes.
    if (tool['strict'] !== false) insistOnStrict(parameters, `function '${name}'`);
    return [{ name, description: typeof description === 'string' ? description : '', input_schema: parameters }];
  });
}

interface Reading {
  messages: WireMessage[];
  /** What its developer says. */
  system: string[];
  /** Calls without an answer yet. */
  open: Set<string>;
  seen: Set<string>;
  /** A thought that nothing came of yet. */
  thought: string | null;
}

function readItems(items: JsonValue[], instructions: string): Pick<WireRequest, 'system' | 'messages'> {
  const reading: Reading = { messages: [], system: [instructions], open: new Set(), seen: new Set(), thought: null };
  for (const [place, item] of items.entries()) {
    insist(isObject(item), `Invalid type for 'input[${place}]'.`);
    readItem(reading, item, `input[${place}]`);
  }
  const [open] = reading.open;
  insist(open === undefined, `No tool output found for function call ${open}.`);
  insist(reading.thought === null, withoutFollower(reading.thought));
  const system = reading.system.filter((text) => text !== '').join('\n');
  return { messages: reading.messages, ...(system !== '' && { system }) };
}

function withoutFollower(id: string | null): string {
  return `Item '${id}' of type 'reasoning' was provided without its required following item.`;
}

function readItem(reading: Reading, item: JsonObject, at: string): void {
  const { messages } = reading;
  const type = item['type'] ?? 'message';
  if (type === 'message') return readMessage(reading, item, at);
  if (type !== 'reasoning' && type !== 'function_call_output') reading.thought = null;
  switch (type) {
    case 'function_call': {
      insistOnKeys(item, ['type', 'id', 'call_id', 'name', 'arguments', 'status'], `${at}.`);
      const id = insistOnId(item['call_id'], `${at}.call_id`);
      insist(!reading.seen.has(id), `Duplicate function call id: '${id}'.`);
      reading.seen.add(id);
      reading.open.add(id);
      const name = insistOnName(item['name'], `${at}.name`);
      const input = insistOnArguments(item['arguments'], `${at}.arguments`);
      return addBlock(messages, 'assistant', { type: 'tool_use', id, name, input });
    }
    case 'function_call_output': {
      insistOnKeys(item, ['type', 'id', 'call_id', 'output', 'status'], `${at}.`);
      insist(reading.thought === null, withoutFollower(reading.thought));
      const id = insistOnId(item['call_id'], `${at}.call_id`);
      insist(reading.open.delete(id), `No tool call found for function call output with call_id ${id}.`);
      insist(typeof item['output'] === 'string', `Invalid type for '${at}.output': expected a string.`);
      return addBlock(messages, 'user', toResult(id, item['output']));
    }
    case 'reasoning':
      insist(reading.thought === null, withoutFollower(reading.thought));
      return readThought(reading, item, at);
    case 'web_search_call':
      insistOnKeys(item, ['type', 'id', 'status', 'action'], `${at}.`);
      insist(typeof item['id'] === 'string', `Missing required parameter: '${at}.id'.`);
      return;
    default:
      insist(false, `Invalid value: '${word(type)}' for '${at}.type'.`);
  }
}

function readThought(reading: Reading, item: JsonObject, at: string): void {
  insistOnKeys(item, ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'], `${at}.`);
  // What came sealed is known by its seal.
  const id = word(item['id']);
  insist(Array.isArray(item['summary']), `Missing required parameter: '${at}.summary'.`);
  const thinking = item['summary'].map((part) => (isObject(part) ? word(part['text']) : '')).join('');
  const signature = item['encrypted_content'];
  insist(
    typeof signature === 'string',
    `Item with id '${word(item['id'])}' not found. Items are not persisted when \`store\` is set to false.`,
  );
  insist(
    signature === signatureOf(thinking),
    `The encrypted content for item ${word(item['id'])} could not be verified.`,
  );
  reading.thought = id;
  addBlock(reading.messages, 'assistant', { type: 'thinking', thinking, signature });
}

function readMessage(reading: Reading, item: JsonObject, at: string): void {
  insistOnKeys(item, ['type', 'id', 'role', 'content', 'status', 'phase'], `${at}.`);
  const { role, content } = item;
  insist(
    role === 'user' || role === 'assistant' || role === 'system' || role === 'developer',
    `Invalid value: '${word(role)}' for '${at}.role'.`,
  );
  if (role === 'assistant') reading.thought = null;
  else insist(reading.thought === null, withoutFollower(reading.thought));
  const side = role === 'assistant' ? 'assistant' : 'user';
  const parts = typeof content === 'string' ? [{ type: partOf(side), text: content }] : content;
  insist(Array.isArray(parts), `Missing required parameter: '${at}.content'.`);
  for (const [place, part] of parts.entries()) {
    const where = `${at}.content[${place}]`;
    insist(isObject(part), `Invalid type for '${where}'.`);
    insist(
      part['type'] === partOf(side),
      `Invalid value: '${word(part['type'])}'. Supported values are: '${partOf(side)}' for '${where}.type'.`,
    );
    insistOnKeys(part, ['type', 'text', 'annotations', 'logprobs'], `${where}.`);
    insist(typeof part['text'] === 'string', `Missing required parameter: '${where}.text'.`);
    if (role === 'system' || role === 'developer') reading.system.push(part['text']);
    else addBlock(reading.messages, side, { type: 'text', text: part['text'] });
  }
}

function partOf(side: 'user' | 'assistant'): string {
  return side === 'user' ? 'input_text' : 'output_text';
}
