import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { WireMessage, WireRequest } from '../wire-request.ts';
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
  ...['model', 'messages', 'max_completion_tokens', 'max_tokens', 'stream', 'stream_options', 'tools', 'tool_choice'],
  ...['parallel_tool_calls', 'response_format', 'temperature', 'top_p', 'n', 'stop', 'seed', 'store', 'metadata'],
  ...['user', 'service_tier', 'reasoning_effort', 'prompt_cache_key', 'safety_identifier', 'logit_bias', 'logprobs'],
];

/** A request of Chat Completions as rules see it, or what the real API would refuse about it. */
export function readChatRequest(body: JsonObject): WireRequest | string {
  try {
    return toWireRequest(body);
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    throw error;
  }
}

function toWireRequest(body: JsonObject): WireRequest {
  const other = Object.keys(body).find((key) => !known.includes(key));
  insist(other === undefined, `Unrecognized request argument supplied: ${other}`);
  const { model, messages, stream_options: options, response_format: format } = body;
  insist(typeof model === 'string', 'you must provide a model parameter');
  insist(Array.isArray(messages) && messages.length > 0, "Missing required parameter: 'messages'.");
  insist(
    options === undefined || body['stream'] === true,
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  );
  const hasOld = body['max_tokens'] !== undefined;
  insist(
    !(hasOld && isThinking(model)),
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  );
  const name = hasOld ? 'max_tokens' : 'max_completion_tokens';
  const limit = insistOnLimit(body[name], name, { model, least: 1 });
  if (isObject(format) && format['type'] === 'json_schema') {
    insistOnKeys(format, ['type', 'json_schema'], 'response_format.');
    insist(isObject(format['json_schema']), "Missing required parameter: 'response_format.json_schema'.");
    insistOnFormat(format['json_schema'], 'response_format', model);
  }
  const tools = readTools(body['tools']);
  insist(
    body['parallel_tool_calls'] === undefined || tools.length > 0,
    "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
  );
  return { model, max_tokens: limit, ...readMessages(messages), tools, stream: body['stream'] === true };
}

function readTools(tools: JsonValue | undefined): NonNullable<WireRequest['tools']> {
  insist(tools === undefined || (Array.isArray(tools) && tools.length > 0), "Invalid 'tools': empty array.");
  return ((tools as JsonValue[] | undefined) ?? []).map((tool, place) => {
    const at = `tools[${place}]`;
    insist(isObject(tool) && tool['type'] === 'function', `Invalid value for '${at}.type'.`);
    insistOnKeys(tool, ['type', 'function'], `${at}.`);
    const asked = tool['function'];
    insist(isObject(asked), `Missing required parameter: '${at}.function'.`);
    insistOnKeys(asked, ['name', 'description', 'parameters', 'strict'], `${at}.function.`);
    const name = insistOnName(asked['name'], `${at}.function.name`);
    const { parameters = {}, description } = asked;
    insist(
      isObject(parameters) && parameters['type'] === 'object',
      `Invalid schema for function '${name}': schema must be of type 'object'.`,
    );
    if (asked['strict'] === true) insistOnStrict(parameters, `function '${name}'`);
    return { name, description: typeof description === 'string' ? description : '', input_schema: parameters };
  });
}

function readMessages(list: JsonValue[]): Pick<WireRequest, 'system' | 'messages'> {
  const messages: WireMessage[] = [];
  const system: string[] = [];
  const open = new Set<string>();
  for (const [place, message] of list.entries()) {
    const at = `messages.[${place}]`;
    insist(isObject(message), `Invalid type for '${at}'.`);
    const { role } = message;
    insist(
      role === 'tool' || open.size === 0,
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    );
    switch (role) {
      case 'system':
      case 'developer':
        system.push(textOf(message, at));
        break;
      case 'user':
        insistOnKeys(message, ['role', 'content', 'name'], `${at}.`);
        addBlock(messages, 'user', { type: 'text', text: textOf(message, at) });
        break;
      case 'assistant':
        readAnswer(messages, message, { at, open });
        break;
      case 'tool':
        readResult(messages, message, { at, open });
        break;
      default:
        insist(
          false,
          `Invalid value: '${word(role)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        );
    }
  }
  insist(
    open.size === 0,
    `An assistant message with 'tool_calls' must be followed by tool messages: ${[...open].join(', ')}`,
  );
  return { messages, ...(system.length > 0 && { system: system.join('\n') }) };
}

interface Place {
  at: string;
  open: Set<string>;
}

function readAnswer(messages: WireMessage[], message: JsonObject, { at, open }: Place): void {
  insistOnKeys(message, ['role', 'content', 'name', 'refusal', 'tool_calls'], `${at}.`);
  const { content, tool_calls: calls } = message;
  const hasText = content !== undefined && content !== null;
  insist(hasText || calls !== undefined, `Invalid value for 'content': expected a string, got null.`);
  if (hasText) addBlock(messages, 'assistant', { type: 'text', text: textOf(message, at) });
  insist(calls === undefined || (Array.isArray(calls) && calls.length > 0), `Invalid '${at}.tool_calls': empty array.`);
  for (const [place, call] of ((calls as JsonValue[] | undefined) ?? []).entries()) {
    const where = `${at}.tool_calls[${place}]`;
    insist(
      isObject(call) && call['type'] === 'function' && isObject(call['function']),
      `Missing required parameter: '${where}.function'.`,
    );
    insistOnKeys(call, ['id', 'type', 'function'], `${where}.`);
    const id = insistOnId(call['id'], `${where}.id`);
    insist(!open.has(id), `Duplicate value for 'tool_call_id' of '${id}'.`);
    open.add(id);
    const name = insistOnName(call['function']['name'], `${where}.function.name`);
    const input = insistOnArguments(call['function']['arguments'], `${where}.function.arguments`);
    addBlock(messages, 'assistant', { type: 'tool_use', id, name, input });
  }
}

function readResult(messages: WireMessage[], message: JsonObject, { at, open }: Place): void {
  insistOnKeys(message, ['role', 'content', 'tool_call_id'], `${at}.`);
  const id = insistOnId(message['tool_call_id'], `${at}.tool_call_id`);
  insist(
    open.delete(id),
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
  );
  addBlock(messages, 'user', toResult(id, textOf(message, at)));
}

function textOf({ content }: JsonObject, at: string): string {
  if (typeof content === 'string') return content;
  insist(Array.isArray(content) && content.length > 0, `Invalid type for '${at}.content': expected a string.`);
  return content
    .map((part, place) => {
      insist(isObject(part) && part['type'] === 'text', `Invalid value for '${at}.content[${place}].type'.`);
      return word(part['text']);
    })
    .join('\n\n');
}
