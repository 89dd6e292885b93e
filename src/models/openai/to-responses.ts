import type { ContentBlock, Message } from '../../domain/conversation/conversation.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { ModelRequest } from '../model.ts';
import { ownBlocks, ownerOf } from '../own-blocks.ts';
import type { Feature } from './features.ts';
import { formatOf, functionOf, resultText } from './to-functions.ts';

/** The least that the API takes as an answer's limit. */
const leastTokens = 16;

/** The body of a streamed call of the Responses API. Nothing is stored with the provider: the conversation is ours. */
export function toResponsesRequest(
  request: ModelRequest,
  provider: string,
  features: ReadonlySet<Feature>,
): JsonObject {
  const { model, system, tools, maxTokens } = request;
  const messages = ownBlocks(request.messages, ownerOf(provider, model));
  const search = features.has('search') ? request.search : undefined;
  const format = features.has('format') ? formatOf(request) : null;
  return {
    model,
    ...(system !== '' && { instructions: system }),
    input: messages.flatMap(toItems),
    max_output_tokens: Math.max(leastTokens, maxTokens),
    stream: true,
    store: false,
    ...(tools.length + (search ? 1 : 0) > 0 && {
      tools: [
        ...tools.map((tool) => ({ type: 'function', ...functionOf(tool, features.has('strict')) })),
        ...(search ? [{ type: 'web_search' }] : []),
      ],
    }),
    ...(tools.length > 0 && features.has('parallel') && { parallel_tool_calls: true }),
    ...(search && { max_tool_calls: search.most }),
    ...(features.has('reasoning') && { include: ['reasoning.encrypted_content'] }),
    ...(format && { text: { format: { type: 'json_schema', ...format } } }),
  };
}

function toItems({ role, content }: Message): JsonObject[] {
  const last = content.findLastIndex((block) => !isThought(block));
  return content.flatMap((block, at): JsonObject[] => {
    switch (block.type) {
      case 'text':
        return [
          {
            type: 'message',
            role,
            content: [{ type: role === 'user' ? 'input_text' : 'output_text', text: block.text }],
          },
        ];
      case 'tool_use': {
        const call = { call_id: block.id, name: toWireName(block.name), arguments: JSON.stringify(block.input) };
        return [{ type: 'function_call', ...call }];
      }
      case 'tool_result':
        return [{ type: 'function_call_output', call_id: block.tool_use_id, output: resultText(block) }];
      case 'foreign':
        // A thought goes back with what came of it only.
        return isThought(block) && at > last ? [] : [block.block];
      default:
        return [];
    }
  });
}

function isThought(block: ContentBlock): boolean {
  return block.type === 'foreign' && block.block.type === 'reasoning';
}
