import type { JsonObject } from '../domain/json.ts';
import type { AnswerForm, ScriptedWire } from './answer-form.ts';
import { messagesForm } from './answer-form.ts';
import { complaintAbout } from './complaints.ts';
import { chatForm } from './openai/chat-form.ts';
import { readChatRequest } from './openai/chat-request.ts';
import { responsesForm } from './openai/responses-form.ts';
import { readResponsesRequest } from './openai/responses-request.ts';
import type { InputTokens, PromptCache } from './prompt-cache.ts';
import type { WireRequest } from './wire-request.ts';

/** What one address takes and gives. */
export interface Route {
  wire: ScriptedWire;
  form: AnswerForm;
  /** A request as rules see it, or what the real API would refuse about it; `betas`: its `anthropic-beta`. */
  read(body: JsonObject, betas: string): WireRequest | string;
  inputTokens(cache: PromptCache, request: WireRequest): InputTokens;
}

const messages: Route = {
  wire: 'messages',
  form: messagesForm,
  read: (body, betas) => complaintAbout(body as unknown as WireRequest, betas) ?? (body as unknown as WireRequest),
  inputTokens: (cache, request) => cache.read(request, true),
};

/** OpenAI caches by itself: the longest beginning that it has seen, in steps of 128 tokens, and asks nothing for keeping it. */
function cachedByItself(cache: PromptCache, request: WireRequest): InputTokens {
  const marked = request.messages.map(({ role, content }) => ({
    role,
    content: (content as object[]).map((block) => ({ ...block, cache_control: true })),
  }));
  const read = cache.read({ ...request, messages: marked as WireRequest['messages'] }, true);
  const cacheReadTokens = read.cacheReadTokens - (read.cacheReadTokens % 128);
  const all = read.inputTokens + read.cacheReadTokens + read.cacheWriteTokens;
  return { inputTokens: all - cacheReadTokens, cacheReadTokens, cacheWriteTokens: 0 };
}

/** By path. */
export const routes: Readonly<Record<string, Route>> = {
  '/v1/messages': messages,
  '/v1/messages/count_tokens': messages,
  '/v1/responses': {
    wire: 'responses',
    form: responsesForm,
    read: readResponsesRequest,
    inputTokens: cachedByItself,
  },
  '/v1/chat/completions': { wire: 'chat', form: chatForm, read: readChatRequest, inputTokens: cachedByItself },
};
