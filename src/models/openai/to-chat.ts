import type { Message, ToolUseBlock } from '../../domain/conversation/conversation.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { ModelRequest } from '../model.ts';
import { ownBlocks } from '../own-blocks.ts';
import type { Feature } from './features.ts';
import { formatOf, functionOf, resultText } from './to-functions.ts';

/** The body of a streamed call of Chat Completions. */
export function toChatRequest(request: ModelRequest, features: ReadonlySet<Feature>): JsonObject {
  const { model, system, tools, maxTokens } = request;
  // Nothing of an answer goes back by this wire but what was said and asked for.
  const messages = ownBlocks(request.messages, '');
  const format = features.has('format') ? formatOf(request) : null;
  return {
    model,
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), ...messages.flatMap(toMessages)],
    [features.has('limit') ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
    stream: true,
    ...(features.has('usage') && { stream_options: { include_usage: true } }),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function', function: functionOf(tool, features.has('strict')) })),
    }),
    ...(tools.length > 0 && features.has('parallel') && { parallel_tool_calls: true }),
    ...(format && { response_format: { type: 'json_schema', json_schema: format } }),
  };
}

function toMessages({ role, content }: Message): JsonObject[] {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n\n');
  if (role === 'assistant') {
    const calls = content.filter((block) => block.type === 'tool_use').map(toCall);
    return [{ role, content: text === '' ? null : text, ...(calls.length > 0 && { tool_calls: calls }) }];
  }
  const results = content.flatMap((block): JsonObject[] =>
    block.type === 'tool_result' ? [{ role: 'tool', tool_call_id: block.tool_use_id, content: resultText(block) }] : [],
  );
  return text === '' ? results : [...results, { role, content: text }];
}

function toCall({ id, name, input }: ToolUseBlock): JsonObject {
  return { id, type: 'function', function: { name: toWireName(name), arguments: JSON.stringify(input) } };
}
