import type { JsonObject } from '../../domain/json.ts';
import type { AnswerForm } from '../answer-form.ts';
import type { WireAnswer, WireEvent } from '../wire-answer.ts';
import { chunks } from '../wire-answer.ts';
import { toErrorBody } from './errors.ts';

/** OpenAI's Chat Completions. */
export const chatForm: AnswerForm = {
  toEvents,
  toJsonBody: (answer) => JSON.stringify(whole(answer)),
  toErrorEvent: (type, message) => `data: ${JSON.stringify({ error: { message, type, param: null, code: null } })}\n\n`,
  toErrorBody,
  // The chunk before `[DONE]` counts.
  toldAfter: (answer, sent, all) => (sent >= all - 1 ? answer.usage : null),
};

const reasons: Readonly<Record<string, string>> = {
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

function reasonOf({ stopReason }: WireAnswer): string {
  return reasons[stopReason] ?? 'stop';
}

function usageOf({ usage }: WireAnswer): JsonObject {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function head({ id, model }: WireAnswer, object: string): JsonObject {
  return { id: `chatcmpl-${id}`, object, created: 1_790_000_000, model, system_fingerprint: 'fp_scripted' };
}

function whole(answer: WireAnswer): JsonObject {
  const { text, tools } = answer;
  const calls = tools.map(({ id, name, json }) => ({ id, type: 'function', function: { name, arguments: json } }));
  const message: JsonObject = {
    role: 'assistant',
    content: text === '' ? null : text,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    ...head(answer, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: reasonOf(answer) }],
    usage: usageOf(answer),
  };
}

/** The answer as the chunks of a stream, in the API's order. */
function toEvents(answer: WireAnswer): WireEvent[] {
  const chunk = head(answer, 'chat.completion.chunk');
  const event = (delta: JsonObject, finish_reason: string | null = null): WireEvent => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
    return `data: ${JSON.stringify({ ...chunk, choices, usage: null })}\n\n`;
  };
  return [
    event({ role: 'assistant', content: '', refusal: null }),
    ...(answer.thinking === '' ? [] : chunks(answer.thinking).map((part) => event({ reasoning_content: part }))),
    ...(answer.text === '' ? [] : chunks(answer.text).map((content) => event({ content }))),
    ...answer.tools.flatMap(({ id, name, json }, index) => [
      event({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...chunks(json).map((part) => event({ tool_calls: [{ index, function: { arguments: part } }] })),
    ]),
    event({}, reasonOf(answer)),
    `data: ${JSON.stringify({ ...chunk, choices: [], usage: usageOf(answer) })}\n\n`,
    'data: [DONE]\n\n',
  ];
}
