import type { ContentBlock } from '../domain/conversation/conversation.ts';
import type { ModelPrice } from '../domain/model-facts.ts';
import { mostOf, searchNano } from '../domain/money/model-price.ts';
import type { NanoUsd } from '../domain/money/money.ts';
import type { ModelRequest } from './model.ts';

const bytesPerToken = 3.5;
/** How long a text of so many tokens may be, for English and code. */
export const charactersPerToken = bytesPerToken;
/** What the provider's own instructions about tools may add, and the frame of each message. */
const toolUseTokens = 500;
const messageTokens = 8;

/**
 * Tokens that a request's input takes at most, estimated before it is sent.
 *
 * One for every 3.5 bytes of UTF-8 (for English and code the same as characters; other scripts need more tokens a character),
 * plus tool definitions and frames.
 */
export function estimateInputTokens(request: Pick<ModelRequest, 'system' | 'tools' | 'messages'>): number {
  let bytes = Buffer.byteLength(request.system);
  for (const tool of request.tools) bytes += Buffer.byteLength(JSON.stringify(tool));
  for (const message of request.messages) {
    for (const block of message.content) bytes += bytesOf(block);
  }
  const frames = request.messages.length * messageTokens + (request.tools.length > 0 ? toolUseTokens : 0);
  return Math.ceil(bytes / bytesPerToken) + frames;
}

/** Characters that a request sends besides its messages. */
export function charactersOf({ system, tools }: Pick<ModelRequest, 'system' | 'tools'>): number {
  return system.length + JSON.stringify(tools).length;
}

/** The most that a call is expected to use and cost: all input at the dearest input price, and an answer of `maxTokens`. Without a price it costs nothing that can be counted. */
export function worstCaseOf(request: ModelRequest, price: ModelPrice | null): { tokens: number; nanoUsd: NanoUsd } {
  const input = estimateInputTokens(request);
  const searches = (request.search?.most ?? 0) * searchNano;
  return {
    tokens: input + request.maxTokens,
    nanoUsd: price ? mostOf(price, input, { answerTokens: request.maxTokens }) + searches : 0,
  };
}

function bytesOf(block: ContentBlock): number {
  switch (block.type) {
    case 'text':
      return Buffer.byteLength(block.text);
    case 'thinking':
      return Buffer.byteLength(block.thinking) + block.signature.length;
    case 'redacted_thinking':
      return block.data.length;
    case 'tool_use':
      return Buffer.byteLength(block.name) + Buffer.byteLength(JSON.stringify(block.input));
    case 'tool_result':
      return Buffer.byteLength(block.content);
    case 'foreign':
      return Buffer.byteLength(JSON.stringify(block.block));
  }
}
