import type { JsonObject } from '../../domain/json.ts';
import type { AnswerForm } from '../answer-form.ts';
import type { WireAnswer, WireEvent } from '../wire-answer.ts';
import { chunks } from '../wire-answer.ts';
import { signatureOf } from '../wire-request.ts';
import { word } from './checks.ts';
import { toErrorBody } from './errors.ts';

/** OpenAI's Responses API. */
export const responsesForm: AnswerForm = {
  toEvents,
  toJsonBody: (answer) => JSON.stringify(whole(answer)),
  toErrorEvent: (type, message) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', code: type, message, param: null, sequence_number: 99 })}\n\n`,
  toErrorBody,
  // The last event counts.
  toldAfter: (answer, sent, all) => (sent >= all ? answer.usage : null),
};

type Item = JsonObject & { type: string; id: string };

function itemsOf({ id, thinking, text, tools, stopReason }: WireAnswer): Item[] {
  const status = stopReason === 'max_tokens' ? 'incomplete' : 'completed';
  const summary = [{ type: 'summary_text', text: thinking }];
  const part: JsonObject =
    stopReason === 'refusal'
      ? { type: 'refusal', refusal: text }
      : { type: 'output_text', text, annotations: [], logprobs: [] };
  return [
    ...(thinking === ''
      ? []
      : [{ type: 'reasoning', id: `rs_${id}`, summary, encrypted_content: signatureOf(thinking) }]),
    ...(text === '' ? [] : [{ type: 'message', id: `msg_${id}`, status, role: 'assistant', content: [part] }]),
    ...tools.map((tool) => ({
      ...{ type: 'function_call', id: `fc_${tool.id}`, call_id: tool.id, name: tool.name },
      ...{ arguments: tool.json, status },
    })),
  ];
}

function whole(answer: WireAnswer): JsonObject {
  const { stopReason, usage } = answer;
  const isCut = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return {
    ...head(answer, isCut ? 'incomplete' : 'completed'),
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: itemsOf(answer),
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
      output_tokens: usage.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + usage.outputTokens,
    },
  };
}

function head({ id, model }: WireAnswer, status: string): JsonObject {
  return { id: `resp_${id}`, object: 'response', created_at: 1_790_000_000, status, model, error: null, output: [] };
}

/** The answer as the events of a stream, in the API's order. */
function toEvents(answer: WireAnswer): WireEvent[] {
  const events: WireEvent[] = [];
  const add = (type: string, fields: JsonObject): void => {
    const data = { type, sequence_number: events.length, ...fields };
    events.push(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const response = head(answer, 'in_progress');
  add('response.created', { response });
  add('response.in_progress', { response });
  for (const [output_index, item] of itemsOf(answer).entries()) addItem(add, output_index, item);
  const last = whole(answer);
  add(`response.${word(last['status'])}`, { response: last });
  return events;
}

type Add = (type: string, fields: JsonObject) => void;

function addItem(add: Add, output_index: number, item: Item): void {
  const at = { output_index, item_id: item.id };
  switch (item.type) {
    case 'message': {
      add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
      addPart(add, { ...at, content_index: 0 }, (item['content'] as JsonObject[])[0]!);
      break;
    }
    case 'function_call': {
      const json = word(item['arguments']);
      add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', arguments: '' } });
      for (const delta of chunks(json)) add('response.function_call_arguments.delta', { ...at, delta });
      add('response.function_call_arguments.done', { ...at, arguments: json, name: item['name']! });
      break;
    }
    default:
      add('response.output_item.added', { output_index, item: { ...item, summary: [], encrypted_content: '' } });
  }
  add('response.output_item.done', { output_index, item });
}

function addPart(add: Add, at: JsonObject, part: JsonObject): void {
  const isRefusal = part['type'] === 'refusal';
  const [kind, field] = isRefusal ? ['refusal', 'refusal'] : ['output_text', 'text'];
  const text = word(part[field!]);
  add('response.content_part.added', { ...at, part: { ...part, [field!]: '' } });
  for (const delta of chunks(text)) add(`response.${kind}.delta`, { ...at, delta });
  add(`response.${kind}.done`, { ...at, [field!]: text });
  add('response.content_part.done', { ...at, part });
}
