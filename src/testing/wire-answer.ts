import type { JsonObject } from '../domain/json.ts';
import { toWireName } from '../domain/tool-names.ts';
import type { Usage } from '../domain/money/usage.ts';
import type { ScriptedAnswer, ScriptedStopReason } from './script.ts';
import type { InputTokens } from './prompt-cache.ts';
import { toTokens } from './prompt-cache.ts';
import { signatureOf } from './wire-request.ts';

/** An answer with everything filled in that the wire needs. */
export interface WireAnswer {
  id: string;
  model: string;
  text: string;
  thinking: string;
  /** `json` is what is streamed of the input, which a fault may have cut. */
  tools: { id: string; name: string; input: JsonObject; json: string }[];
  stopReason: ScriptedStopReason;
  usage: Usage;
}

/** One event of a stream, as text. */
export type WireEvent = string;

let lastId = 0;
// Ids must not repeat after a restart either: a conversation with two equal tool_use ids is refused by the real API.
const idPrefix = `${Date.now().toString(36)}${process.pid.toString(36)}`;

function newId(kind: 'msg' | 'toolu'): string {
  return `${kind}_${idPrefix}${(++lastId).toString(36)}`;
}

/** Fills in ids, stop reason and usage; a fault that only changes the answer is applied here. */
export function toWireAnswer(answer: ScriptedAnswer, model: string, input: InputTokens): WireAnswer {
  const kind = answer.fault?.kind;
  const tools = (answer.tools ?? []).map((tool) => ({
    ...{ id: tool.id ?? newId('toolu'), name: toWireName(tool.name), input: tool.input },
    json: JSON.stringify(tool.input),
  }));
  const lastTool = tools[tools.length - 1];
  if (lastTool && kind === 'truncated-tool-json') lastTool.json = lastTool.json.slice(0, lastTool.json.length >> 1);
  if (lastTool && kind === 'broken-tool-json') lastTool.json = lastTool.json.slice(0, -1);
  const said = (answer.text?.length ?? 0) + (answer.thinking?.length ?? 0);
  const characters = tools.reduce((sum, tool) => sum + tool.name.length + tool.json.length, said);
  let stopReason = answer.stopReason ?? (lastTool ? 'tool_use' : 'end_turn');
  if (kind === 'refusal') stopReason = 'refusal';
  if (kind === 'truncated-tool-json') stopReason = 'max_tokens';
  return {
    id: newId('msg'),
    model,
    text: answer.text ?? '',
    thinking: answer.thinking ?? '',
    tools,
    stopReason,
    usage: { ...input, outputTokens: Math.max(1, toTokens(characters)), ...answer.usage },
  };
}

/** The answer as the JSON of a call without `stream`. */
export function toJsonBody(answer: WireAnswer): string {
  const { thinking } = answer;
  const thoughts = thinking === '' ? [] : [{ type: 'thinking', thinking, signature: signatureOf(thinking) }];
  const text = answer.text === '' ? [] : [{ type: 'text', text: answer.text }];
  const tools = answer.tools.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input }));
  return JSON.stringify({
    ...head(answer, answer.usage.outputTokens, answer.stopReason),
    content: [...thoughts, ...text, ...tools],
  });
}

/** The answer as the events of a stream, in the API's order. */
export function toEvents(answer: WireAnswer): WireEvent[] {
  const events = [event('message_start', { message: { ...head(answer, 1, null), content: [] } }), event('ping', {})];
  let index = 0;
  if (answer.thinking !== '') {
    const { thinking } = answer;
    const deltas = [
      ...chunks(thinking).map((part) => ({ type: 'thinking_delta', thinking: part })),
      { type: 'signature_delta', signature: signatureOf(thinking) },
    ];
    const content_block = { type: 'thinking', thinking: '', signature: '' };
    events.push(event('content_block_start', { index, content_block }));
    for (const delta of deltas) events.push(event('content_block_delta', { index, delta }));
    events.push(event('content_block_stop', { index: index++ }));
  }
  if (answer.text !== '') {
    events.push(event('content_block_start', { index, content_block: { type: 'text', text: '' } }));
    for (const text of chunks(answer.text)) {
      events.push(event('content_block_delta', { index, delta: { type: 'text_delta', text } }));
    }
    events.push(event('content_block_stop', { index: index++ }));
  }
  for (const { id, name, json } of answer.tools) {
    events.push(event('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }));
    for (const partial of chunks(json)) {
      events.push(event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: partial } }));
    }
    events.push(event('content_block_stop', { index: index++ }));
  }
  const usage = { output_tokens: answer.usage.outputTokens };
  events.push(event('message_delta', { delta: { stop_reason: answer.stopReason, stop_sequence: null }, usage }));
  events.push(event('message_stop', {}));
  return events;
}

/** An error inside a stream. */
export function toErrorEvent(type: string, message: string): WireEvent {
  return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}\n\n`;
}

function event(type: string, fields: object): WireEvent {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function head(answer: WireAnswer, outputTokens: number, stopReason: ScriptedStopReason | null): object {
  const { id, model, usage } = answer;
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWriteTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      output_tokens: outputTokens,
    },
  };
}

/** Pieces of 24 characters, or longer ones where there would be more than 8: every event costs the client time. */
export function chunks(text: string): string[] {
  const size = Math.max(24, Math.ceil(text.length / 8));
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}
