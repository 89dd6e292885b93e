import type Anthropic from '@anthropic-ai/sdk';
import type { ContentBlock, ForeignBlock, Message, ToolUseBlock } from '../domain/conversation/conversation.ts';
import type { JsonObject } from '../domain/json.ts';
import { toWireName } from '../domain/tool-names.ts';
import type { ModelRequest } from './model.ts';

const cacheControl = { type: 'ephemeral' } as const;

/**
 * The body of a streamed call, with the four breakpoints for prompt caching that the API allows.
 *
 * They stand on the system prompt (without one, on the last tool), on the first message, on the newest user message (what the next turn will
 * read) and on the user message before it (what the turn before wrote). The API looks back 20 blocks from a breakpoint only, and a turn of
 * many parallel tool calls is longer: with the last one the prefix is found all the same. A conversation that was made shorter keeps its first
 * message, so all before the cut is still found there.
 */
export function toCachedRequest(request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  const { model, maxTokens, system } = request;
  const tools = [
    // Before the others: the last one may have the mark.
    ...(request.search ? [{ type: 'web_search_20250305', name: 'web_search', max_uses: request.search.most }] : []),
    ...request.tools.map((tool) => ({ ...tool, name: toWireName(tool.name) })),
  ];
  const messages = request.messages.map(toWireMessage);
  const marked = [0, ...newestUserMessages(messages)];
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    ...(system !== '' && { system: [{ type: 'text', text: system, cache_control: cacheControl }] }),
    ...(tools.length > 0 && {
      tools: (system === '' ? withLast<object>(tools, mark) : tools) as Anthropic.ToolUnion[],
    }),
    messages: messages.map((message, index) =>
      marked.includes(index) ? { role: message.role, content: withLast(message.content, mark) } : message,
    ) as Anthropic.MessageParam[],
  };
}

type WireBlock = Exclude<ContentBlock, ForeignBlock> | JsonObject;

function toWireMessage({ role, content }: Message): { role: Message['role']; content: WireBlock[] } {
  return { role, content: content.map(toWireBlock) };
}

function toWireBlock(block: ContentBlock): WireBlock {
  if (block.type === 'foreign') return block.block;
  return isOfNamespace(block) ? { ...block, name: toWireName(block.name) } : block;
}

function isOfNamespace(block: ContentBlock): block is ToolUseBlock {
  return block.type === 'tool_use' && block.name.includes('.');
}

function newestUserMessages(messages: Pick<Message, 'role'>[]): number[] {
  const indexes: number[] = [];
  for (let index = messages.length - 1; index >= 0 && indexes.length < 2; index--) {
    if (messages[index]!.role === 'user') indexes.push(index);
  }
  return indexes;
}

function mark<Part extends object>(part: Part): Part & { cache_control: typeof cacheControl } {
  return { ...part, cache_control: cacheControl };
}

function withLast<Part>(parts: Part[], change: (part: Part) => Part): Part[] {
  return parts.map((part, index) => (index === parts.length - 1 ? change(part) : part));
}
